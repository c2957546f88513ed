/**
 * @file What the host has to do in each step of a program, as amounts that its time is linear in: the class of the kernel that
 * runs it, and how many bytes and FLOPs that gets. Calibration finds seconds for each amount of each class; a prediction
 * multiplies and adds.
 */
import { isPointwise } from "../src/ops/convolution.js";
import { type DotDimensions, dotSizes, matrixArrangements, swappedOperands } from "../src/ops/dot.js";
import type { HostGroup, HostStep } from "../src/program/hostGroups.js";
import type { HostProgram } from "../src/program/hostMemory.js";
import { isWorthVariables } from "../src/program/hostPatterns/update.js";
import { hostBytes } from "../src/program/hostStorage.js";
import { elementCount, type Operation, type TensorType } from "../src/program/types.js";
import type { Amounts } from "./hostAmounts.js";
import { isDepthwise, kernelShapeOf, type Product } from "./matrixUnit.js";

/** What one step of the program asks of the host. */
export interface HostWork {
  /** Of kernels that are alike, with the special case after a comma: `dotGeneral`, `add, stretched`, a group's name, … */
  readonly workClass: string;
  readonly amounts: Amounts;
}

/**
 * Where time against bytes may bend: one thread does the first of them alone; from the second on the others are awake and worth
 * it; the last two no cache of a core, and none of a processor, holds. How much it bends the fit decides.
 */
const BYTE_KNOTS = { small: 250e3, medium: 750e3, large: 8e6, huge: 32e6 } as const;
/** And one of time against FLOPs: a product so small keeps no thread busy for long. */
const SMALL_FLOPS = 20e6;

const BYTES_PER_FLOAT = 4;
const floats = (...sizes: readonly number[]) => BYTES_PER_FLOAT * elementCount(sizes);

/** Kernels that read and write everything once. */
function streamed(workClass: string, bytes: number): HostWork {
  return {
    workClass,
    amounts: {
      calls: 1,
      smallBytes: Math.min(bytes, BYTE_KNOTS.small),
      mediumBytes: Math.max(0, Math.min(bytes, BYTE_KNOTS.medium) - BYTE_KNOTS.small),
      bytes,
      largeBytes: Math.max(0, bytes - BYTE_KNOTS.large),
      hugeBytes: Math.max(0, bytes - BYTE_KNOTS.huge),
    },
  };
}

/** Which operands of a product come the wrong way round: the gradient of weights' left, that of their input's right one. */
const productClasses = {
  plain: "dotGeneral",
  left: "dotGeneral, left transposed",
  right: "dotGeneral, right transposed",
  batched: "dotGeneral, batched",
} as const;

/** Lines of a cache that is indexed by 64 of them (L1 of x86 and most ARM processors): addresses 4096 bytes apart share one. */
const [LINE_BYTES, CACHE_SETS] = [64, 64];
/** Rows whose columns meet so few sets drive each other out. */
const FEW_SETS = 2;

/** Whether going down a column of such rows, as a product that packs nothing does, keeps to a few sets of the cache. */
function conflicts(rowFloats: number): boolean {
  const lines = (BYTES_PER_FLOAT * rowFloats) / LINE_BYTES;
  // The largest power of two that divides both: so many sets are passed over each time.
  const stride = Math.min(lines & -lines, CACHE_SETS);
  return Number.isInteger(lines) && CACHE_SETS / stride <= FEW_SETS;
}

function product(
  kind: keyof typeof productClasses,
  { batch, m, n, k }: Product,
  permutedBytes = 0,
): HostWork {
  const flops = 2 * batch * m * n * k;
  const conflicting = [m, n].filter(conflicts).length;
  return {
    workClass: productClasses[kind],
    amounts: {
      calls: 1,
      smallFlops: Math.min(flops, SMALL_FLOPS),
      flops,
      lhsBytes: floats(batch, m, k),
      rhsBytes: floats(batch, k, n),
      resultBytes: floats(batch, m, n),
      ...(kind === "left" && { conflictFlops: conflicting * flops }),
      permutedBytes,
    },
  };
}

function dotWork([lhs, rhs]: readonly TensorType[], attributes: DotDimensions): HostWork {
  const sizes = dotSizes(lhs!, rhs!, attributes);
  const { left, right } = matrixArrangements(lhs!, rhs!, attributes);
  const permuted =
    (left.permutation ? floats(...lhs!.shape) : 0) + (right.permutation ? floats(...rhs!.shape) : 0);
  if (sizes.batch > 1) return product("batched", sizes, permuted);
  return product(left.transposed ? "left" : right.transposed ? "right" : "plain", sizes, permuted);
}

type Convolution = Operation<"convolution" | "convolutionInputGradient" | "convolutionKernelGradient">;

function convolutionWork(operation: Convolution, { program }: HostProgram): HostWork {
  const { name, operands, results, attributes } = operation;
  const kernel = kernelShapeOf(program, operation);
  const shape = (value: number) => program.types[value]!.shape;
  const [first, second, result] = [shape(operands[0]!), shape(operands[1]!), shape(results[0]!)];
  const input = name === "convolutionInputGradient" ? result : first;
  const output = { convolution: result, convolutionInputGradient: first, convolutionKernelGradient: second }[
    name
  ];
  const [kh, kw, channels, features] = kernel;
  if (isPointwise(attributes, kernel)) {
    const pixels = elementCount(input.slice(0, -1));
    if (name === "convolution") return product("plain", { batch: 1, m: pixels, n: features, k: channels });
    if (name === "convolutionInputGradient")
      return product("right", { batch: 1, m: pixels, n: channels, k: features });
    return product("left", { batch: 1, m: channels, n: features, k: pixels });
  }
  const [inputBytes, outputBytes, kernelBytes] = [floats(...input), floats(...output), floats(...kernel)];
  const { groups, strides } = attributes;
  const patchBytes = floats(kh, kw, channels, ...output.slice(0, -1)) * groups;
  const strided = strides[0] > 1 ? { stridedBytes: inputBytes, stridedPatchBytes: patchBytes } : {};
  const flops = 2 * elementCount(output) * kh * kw * channels;
  const amounts = { flops, inputBytes, outputBytes, kernelBytes, ...strided };
  if (isDepthwise(operation, kernel))
    return { workClass: `${name}, depthwise`, amounts: { calls: 1, ...amounts } };
  // The sum over pixels goes down the columns of patches and of the cotangent.
  const conflicting =
    name === "convolutionKernelGradient" ? [channels, features].filter(conflicts).length : 0;
  return {
    workClass: groups > 1 ? `${name}, grouped` : name,
    amounts: { calls: groups, ...amounts, patchBytes, conflictFlops: conflicting * flops },
  };
}

/** Of one operand and result, or more, whose sizes are the same, or that are broadcast: kernels differ by that. */
function elementwiseClass({ name, operands, results }: Operation, { program, storage }: HostProgram): string {
  const full = elementCount(program.types[results[0]!]!.shape);
  const counts = operands
    .map((value) => elementCount(storage.shapes[value]!))
    .filter((count) => count < full);
  if (counts.length === 0) return name;
  return counts.every((count) => count === 1) ? `${name}, by a scalar` : `${name}, stretched`;
}

function reductionClass({ attributes: { reducer, dimensions } }: Operation<"reduce">, rank: number): string {
  if (dimensions.length === rank) return "reduce, to a scalar";
  if (dimensions.length === 1 && dimensions[0] === rank - 1) return "reduce, along rows";
  const isAcrossRows = dimensions.length === rank - 1 && !dimensions.includes(rank - 1);
  return isAcrossRows && reducer === "add" ? "reduce, across rows" : "reduce";
}

function operationWork(operation: Operation, run: HostProgram): HostWork {
  const { program, storage } = run;
  const types = operation.operands.map((value) => program.types[value]!);
  const bytes = [...operation.operands, ...operation.results].reduce(
    (total, value) => total + hostBytes(program, storage, value),
    0,
  );
  switch (operation.name) {
    case "dotGeneral":
      return dotWork(types, operation.attributes);
    case "convolution":
    case "convolutionInputGradient":
    case "convolutionKernelGradient":
      return convolutionWork(operation, run);
    case "reduce":
      return streamed(reductionClass(operation, types[0]!.shape.length), bytes);
    case "transpose": {
      const { permutation } = operation.attributes;
      const movesRows = permutation.at(-1) === permutation.length - 1;
      return streamed(movesRows ? "transpose, of whole rows" : "transpose", bytes);
    }
    case "reduceWindow":
    case "selectAndScatter": {
      // The portable kernel of averages goes over everything once for each offset in the window.
      const { window } = operation.attributes;
      const reducer = operation.name === "reduceWindow" ? operation.attributes.reducer : "max";
      if (reducer === "max") return streamed(operation.name, bytes);
      const offsets = elementCount(window.size);
      const workClass = `reduceWindow, average${window.strides.some((stride) => stride > 1) ? ", strided" : ""}`;
      return { workClass, amounts: { calls: offsets, bytes: offsets * bytes } };
    }
    case "slice": {
      const isStrided = operation.attributes.strides.some((stride) => stride > 1);
      return streamed(isStrided ? "slice, strided" : "slice", bytes);
    }
    case "pad": {
      const { dimensions } = operation.attributes;
      const isPlain = dimensions.every(({ low, high, interior }) => low >= 0 && high >= 0 && interior === 0);
      return streamed(isPlain ? "pad" : "pad, dilated or cropped", bytes);
    }
    case "reshape":
      return { workClass: "reshape", amounts: { calls: 1 } };
    case "optimizationBarrier":
      return { workClass: operation.name, amounts: { calls: operation.results.length } };
    case "broadcastInDim": {
      const [result] = operation.results;
      const stored = elementCount(storage.shapes[result!]!);
      // One that is kept unstretched is a reshape.
      if (stored === elementCount(types[0]!.shape)) return { workClass: "reshape", amounts: { calls: 1 } };
      return streamed("broadcastInDim", bytes);
    }
    default:
      return streamed(elementwiseClass(operation, run), bytes);
  }
}

/** Updates decay what they update, or do not; with momentum they are made in place, or not. */
function updateClass({ name, constants }: HostGroup, parameter: TensorType): string {
  const inPlace = name === "adamUpdate" || isWorthVariables(parameter);
  return `${name}${constants.decay === undefined ? "" : ", with decay"}${inPlace ? "" : ", small"}`;
}

function groupWork(group: HostGroup, run: HostProgram): HostWork {
  const { name, operands, results, inside } = group;
  const { program, storage } = run;
  const types = operands.map((value) => program.types[value]!);
  const [dot] = inside.filter((operation) => operation.name === "dotGeneral");
  if (name === "transposedProduct" && dot)
    return dotWork(types.toReversed(), swappedOperands(dot.attributes));
  const bytes = [...operands, ...results].reduce(
    (total, value) => total + hostBytes(program, storage, value),
    0,
  );
  const isUpdate = name === "momentumUpdate" || name === "adamUpdate";
  return streamed(isUpdate ? updateClass(group, types[0]!) : name, bytes);
}

/** What a step takes of the host; nothing for a constant, which is made beforehand. */
export function hostWork(run: HostProgram, { operation, group, results }: HostStep): HostWork | undefined {
  if (run.storage.sharedWith.has(results[0]!)) return undefined;
  return operation ? operationWork(operation, run) : groupWork(group!, run);
}
