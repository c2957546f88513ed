/**
 * @file The matrix unit: which product of matrices a dot or a convolution is, and how long whole passes of it take.
 */
import { dotSizes } from "../src/ops/dot.js";
import { elementCount, type Operation, type Program } from "../src/program/types.js";
import type { AcceleratorProfile } from "./hardware.js";
import { roundUp } from "./tiles.js";

/** A product of matrices [m,k] × [k,n], `batch` times. */
export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

type KernelShape = readonly [height: number, width: number, channels: number, features: number];

/** A convolution whose groups hold one channel each: there is nothing to sum over that the matrix unit could. */
export function isDepthwise({ name, attributes }: Operation, kernel: readonly number[]): boolean {
  return name.startsWith("convolution") && "groups" in attributes && attributes.groups > 1 && kernel[2] === 1;
}

/** Shape of the kernel of a convolution or of its gradients: [kh,kw,C/groups,O]. */
export function kernelShapeOf(program: Program, { name, attributes, operands }: Operation): KernelShape {
  const shape =
    name === "convolutionKernelGradient" ? attributes.kernelShape : program.types[operands[1]!]!.shape;
  return shape as KernelShape;
}

/**
 * Rows that each position of a dilated cotangent takes at the least, one for each image of the batch: libtpu's estimates for
 * ResNets are the same at 8, 16, 32 and 64 images, and in proportion from there on.
 */
const DILATED_ROWS = 64;

/**
 * A convolution as a product: its positions are rows, what it sums over are taps and channels. The input gradient's
 * cotangent is dilated by the strides; rows of zeros are skipped, zeros within a row are multiplied.
 */
function convolutionProduct(program: Program, operation: Operation): Product | undefined {
  const { name, attributes, operands, results } = operation;
  const positions = (shape: readonly number[]) => elementCount(shape.slice(0, -1));
  const shape = (value: number) => program.types[value]!.shape;
  if (name === "convolution") {
    const [kh, kw, channels, features] = kernelShapeOf(program, operation);
    const { groups } = attributes;
    return { batch: groups, m: positions(shape(results[0]!)), n: features / groups, k: kh * kw * channels };
  }
  if (name === "convolutionInputGradient") {
    const [kh, kw, channels, features] = kernelShapeOf(program, operation);
    const { groups, strides } = attributes;
    const [images, ...sides] = shape(results[0]!) as KernelShape;
    const rows = strides[0] > 1 ? roundUp(images, DILATED_ROWS) : images;
    const taps = (kh * kw) / strides[0];
    return {
      batch: groups,
      m: rows * positions(sides),
      n: channels,
      k: (taps * features) / groups,
    };
  }
  if (name === "convolutionKernelGradient") {
    const [kh, kw, channels, features] = kernelShapeOf(program, operation);
    const { groups } = attributes;
    return {
      batch: groups,
      m: kh * kw * channels,
      n: features / groups,
      k: positions(shape(operands[1]!)),
    };
  }
  return undefined;
}

/** What the matrix unit multiplies in a fusion around `root`; undefined when it has nothing to do. */
export function productOf(program: Program, root: Operation): Product | undefined {
  if (root.name === "dotGeneral") {
    return dotSizes(program.types[root.operands[0]!]!, program.types[root.operands[1]!]!, root.attributes);
  }
  if (root.name.startsWith("convolution") && isDepthwise(root, kernelShapeOf(program, root)))
    return undefined;
  return convolutionProduct(program, root);
}

/** How many terms libtpu sums up at once in a dot over features: 768 in most windows of its estimates for ViTs. */
const CONTRACTED_AT_ONCE = 768;

/**
 * Elements of partial sums that are read, added to and written again, because the contraction is done in pieces. Where it is
 * longer than the result has rows or columns, as in a kernel's gradient, the sums stay in place.
 */
function accumulatedElements({ batch, m, n, k }: Product): number {
  if (k > Math.max(m, n)) return 0;
  return batch * m * n * Math.max(0, k / CONTRACTED_AT_ONCE - 1);
}

/**
 * Seconds of a product. The systolic array holds one operand in whole tiles of 128 × 128 (384 features fill three, 64 waste
 * half of one) and streams the rows of the other through, eight at a time.
 */
export function matrixSeconds(product: Product, chip: AcceleratorProfile): number {
  const { batch, m, n, k } = product;
  const side = chip.matrixUnitSide.value;
  const multiplyAdds = batch * roundUp(k, side) * roundUp(n, side) * roundUp(m, chip.sublanes.value);
  const perCycle = chip.matrixUnits.value * side * side * chip.efficiency.matrix.value;
  const accumulated = accumulatedElements(product) / (chip.lanes.value * chip.sublanes.value);
  const cycles = multiplyAdds / perCycle + accumulated * chip.accumulatedRegisterCycles.value;
  return cycles / chip.clockHertz.value;
}
