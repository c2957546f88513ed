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
import { isDepthwise, kernelShapeOf, type Product } from "./matrixUnit.js";

/** What a class may take time for. */
export const amountNames = [
  "calls",
  "bytes",
  /** Bytes up to the first of `BYTE_KNOTS`, from there to the second, and beyond the others: time is piecewise linear in them. */
  "smallBytes",
  "mediumBytes",
  "largeBytes",
  "hugeBytes",
  "flops",
  /** FLOPs up to `SMALL_FLOPS`. */
  "smallFlops",
  "lhsBytes",
  "rhsBytes",
  "resultBytes",
  /** Of operands whose dimensions have to be put in order before a product. */
  "permutedBytes",
  "inputBytes",
  "outputBytes",
  "kernelBytes",
  /** Of every window of a convolution by itself (im2col). */
  "patchBytes",
  /** Of the input, where a convolution skips some of it. */
  "stridedBytes",
] as const;

export type AmountName = (typeof amountNames)[number];
export type Amounts = Readonly<Partial<Record<AmountName, number>>>;

/** What one step of the program asks of the host. */
export interface HostWork {
  /** Of kernels that are alike: `dotGeneral`, `elementwise`, `reduce rows`, a group's name, … */
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

function product(workClass: string, { batch, m, n, k }: Product, permutedBytes = 0): HostWork {
  const flops = 2 * batch * m * n * k;
  return {
    workClass,
    amounts: {
      calls: 1,
      smallFlops: Math.min(flops, SMALL_FLOPS),
      flops,
      lhsBytes: floats(batch, m, k),
      rhsBytes: floats(batch, k, n),
      resultBytes: floats(batch, m, n),
      permutedBytes,
    },
  };
}

/** A product whose left operand comes the wrong way round, as all gradients of weights do. */
const TRANSPOSED_PRODUCT = "dotGeneral, left transposed";

function dotWork([lhs, rhs]: readonly TensorType[], attributes: DotDimensions): HostWork {
  const sizes = dotSizes(lhs!, rhs!, attributes);
  const { left, right } = matrixArrangements(lhs!, rhs!, attributes);
  const permuted =
    (left.permutation ? floats(...lhs!.shape) : 0) + (right.permutation ? floats(...rhs!.shape) : 0);
  if (sizes.batch > 1) return product("dotGeneral, batched", sizes, permuted);
  return product(left.transposed ? TRANSPOSED_PRODUCT : "dotGeneral", sizes, permuted);
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
    if (name === "convolution")
      return product("dotGeneral", { batch: 1, m: pixels, n: features, k: channels });
    if (name === "convolutionInputGradient")
      return product("dotGeneral", { batch: 1, m: pixels, n: channels, k: features });
    return product(TRANSPOSED_PRODUCT, { batch: 1, m: channels, n: features, k: pixels });
  }
  const [inputBytes, outputBytes, kernelBytes] = [floats(...input), floats(...output), floats(...kernel)];
  const patches = elementCount(output.slice(0, -1)) * kh * kw * channels;
  if (isDepthwise(operation, kernel)) {
    const stridedBytes = attributes.strides[0] > 1 ? inputBytes : 0;
    const flops = 2 * elementCount(output) * kh * kw;
    return {
      workClass: `${name}, depthwise`,
      amounts: { calls: 1, flops, inputBytes, outputBytes, stridedBytes, kernelBytes },
    };
  }
  const flops = 2 * patches * features;
  return {
    workClass: attributes.groups > 1 ? `${name}, grouped` : name,
    amounts: {
      calls: attributes.groups,
      flops,
      inputBytes,
      outputBytes,
      kernelBytes,
      patchBytes: BYTES_PER_FLOAT * patches * attributes.groups,
    },
  };
}

const cheapElementwise: ReadonlySet<string> = new Set([
  "add",
  "subtract",
  "multiply",
  "divide",
  "maximum",
  "minimum",
  "compare",
  "negate",
  "abs",
  "sign",
  "convert",
]);
/** Those that move elements about without computing. */
const copies: ReadonlySet<string> = new Set(["slice", "pad", "concatenate", "reverse"]);

function reductionClass({ attributes: { reducer, dimensions } }: Operation<"reduce">, rank: number): string {
  if (dimensions.length === 1 && dimensions[0] === rank - 1) return "reduce, along rows";
  const isAcrossRows = dimensions.length === rank - 1 && !dimensions.includes(rank - 1);
  return isAcrossRows && reducer === "add" && rank > 1 ? "reduce, across rows" : "reduce";
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
      return { workClass: "reduceWindow, average", amounts: { calls: offsets, bytes: offsets * bytes } };
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
    default: {
      if (copies.has(operation.name)) return streamed("slice, pad, concatenate", bytes);
      if (!cheapElementwise.has(operation.name)) return streamed(operation.name, bytes);
      const full = elementCount(program.types[operation.results[0]!]!.shape);
      const stretched = operation.operands.some((value) => {
        const count = elementCount(storage.shapes[value]!);
        return count > 1 && count < full;
      });
      return streamed(stretched ? "elementwise, stretched" : "elementwise", bytes);
    }
  }
}

function groupWork({ name, operands, results, inside }: HostGroup, run: HostProgram): HostWork {
  const { program, storage } = run;
  const types = operands.map((value) => program.types[value]!);
  const [dot] = inside.filter((operation) => operation.name === "dotGeneral");
  if (name === "transposedProduct" && dot)
    return dotWork(types.toReversed(), swappedOperands(dot.attributes));
  const bytes = [...operands, ...results].reduce(
    (total, value) => total + hostBytes(program, storage, value),
    0,
  );
  if (name === "momentumUpdate" && !isWorthVariables(types[0]!))
    return streamed("momentumUpdate, small", bytes);
  return streamed(name, bytes);
}

/** What a step takes of the host; nothing for a constant, which is made beforehand. */
export function hostWork(run: HostProgram, { operation, group, results }: HostStep): HostWork | undefined {
  if (run.storage.sharedWith.has(results[0]!)) return undefined;
  return operation ? operationWork(operation, run) : groupWork(group!, run);
}
