/**
 * @file Time: what each fusion takes on the chip, from the work of its parts and the constants of the profile.
 *
 * Three things run side by side in a fusion: the matrix unit, the vector unit, and the memory that feeds both.
 * The slowest one counts in full; of the others a fixed part does not overlap with it.
 */

import { dotSizes } from "../src/ops/dot.js";
import { definitionOf } from "../src/ops/registry.js";
import {
  BYTES_PER_ELEMENT,
  elementCount,
  type Operation,
  type Program,
  type TensorType,
} from "../src/program/types.js";
import { collectiveSeconds } from "./collectives.js";
import type { Fusion } from "./fusion.js";
import type { TpuProfile } from "./hardware.js";
import type { LaidOutProgram, ScheduledFusion } from "./layout.js";

/** Seconds that each unit is busy. */
export interface UnitTimes {
  readonly matrix: number;
  readonly vector: number;
  readonly memory: number;
}

export interface FusionTime extends UnitTimes {
  readonly seconds: number;
}

const roundUp = (size: number, multiple: number) => Math.ceil(size / multiple) * multiple;

/** A product of matrices [m,k] × [k,n], `batch` times. */
interface Product {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** What a convolution or its gradient is to the matrix unit. */
function convolutionProduct(
  program: Program,
  { name, attributes, operands, results }: Operation,
): Product | undefined {
  const shape = (value: number) => program.types[value]!.shape;
  if (name === "convolution") {
    const [kh, kw, channels, features] = shape(operands[1]!) as [number, number, number, number];
    const positions = elementCount(shape(results[0]!)) / features;
    const groups = attributes.groups;
    return { batch: groups, m: positions, n: features / groups, k: kh * kw * channels };
  }
  if (name === "convolutionInputGradient") {
    // The cotangent is dilated by the strides, and its zeros are really multiplied.
    const [kh, kw, channels, features] = shape(operands[1]!) as [number, number, number, number];
    const { groups, inputShape } = attributes;
    const positions = elementCount(inputShape) / inputShape[3]!;
    return { batch: groups, m: positions, n: channels, k: (kh * kw * features) / groups };
  }
  if (name === "convolutionKernelGradient") {
    const { groups, kernelShape } = attributes;
    const [kh, kw, channels, features] = kernelShape as [number, number, number, number];
    const positions = elementCount(shape(operands[1]!)) / features;
    return { batch: groups, m: kh * kw * channels, n: features / groups, k: positions };
  }
  return undefined;
}

function productOf(program: Program, root: Operation): Product | undefined {
  if (root.name === "dotGeneral") {
    return dotSizes(program.types[root.operands[0]!]!, program.types[root.operands[1]!]!, root.attributes);
  }
  return convolutionProduct(program, root);
}

/**
 * The systolic array holds one operand in whole tiles of 128 × 128 and streams the other through: two of the
 * three sizes are rounded up to 128, the third only to sublanes. The compiler takes the best of the three.
 */
function matrixSeconds({ batch, m, n, k }: Product, chip: TpuProfile): number {
  const side = chip.matrixUnitSide.value;
  const rows = chip.sublanes.value;
  const passes = (held1: number, held2: number, streamed: number) =>
    roundUp(held1, side) * roundUp(held2, side) * roundUp(streamed, rows);
  const multiplyAdds = batch * Math.min(passes(k, n, m), passes(k, m, n), passes(m, n, k));
  const perSecond = chip.matrixUnits.value * side * side * chip.clockHertz.value;
  return multiplyAdds / (perSecond * chip.efficiency.matrix.value);
}

function transcendentals(program: Program, operations: readonly Operation[]): number {
  let total = 0;
  for (const operation of operations) {
    const typesOf = (values: readonly number[]): TensorType[] => values.map((value) => program.types[value]!);
    total += definitionOf(operation).cost(
      typesOf(operation.operands),
      typesOf(operation.results),
      operation.attributes,
    ).transcendentals;
  }
  return total;
}

/**
 * An element read in the epilogue keeps the vector unit this much as busy as one that is emitted. From libtpu's
 * estimates: ViT-S/16's residual add (229 k cycles against 187 k without) and GELU derivative, and ResNet-50's
 * input gradients with five batch-norm sums (0.06 of peak against 0.13 without).
 */
const EPILOGUE_READ_SHARE = 0.25;

/** The vector unit transposes, computes what is transcendental, and emits what the matrix unit has made. */
function vectorSeconds(
  program: Program,
  fusion: Fusion,
  chip: TpuProfile,
  product: Product | undefined,
): number {
  const perSecond = chip.clockHertz.value;
  if (fusion.kind === "copy") {
    const elements = elementCount(program.types[fusion.writes[0]!]!.shape);
    return elements / (chip.transposedElementsPerCycle.value * perSecond);
  }
  const special =
    transcendentals(program, fusion.operations) / (chip.transcendentalsPerCycle.value * perSecond);
  if (!product) return special;
  const emitted = product.batch * product.m * product.n;
  const epilogueReads = fusion.epilogueReads.filter(
    (value) => elementCount(program.types[value]!.shape) === emitted,
  ).length;
  const elements = emitted * (1 + EPILOGUE_READ_SHARE * epilogueReads);
  return special + elements / (chip.epilogueElementsPerCycle.value * perSecond);
}

function bandwidthShare(fusion: Fusion, chip: TpuProfile): number {
  const { efficiency } = chip;
  if (fusion.kind === "dot" || fusion.kind === "convolution") return efficiency.dotOperands.value;
  return fusion.kind === "reduction" ? efficiency.reduction.value : efficiency.elementwise.value;
}

/** Bytes a fusion moves: its buffers, padding included; of a table that is looked up, only the rows. */
export function bytesMoved({ fusion, reads, writes }: ScheduledFusion, program: LaidOutProgram): number {
  const { types } = program.fused.program;
  let bytes = 0;
  for (const id of writes) bytes += program.buffers[id]!.layout.paddedBytes;
  for (const id of reads) {
    const { value, layout } = program.buffers[id]!;
    const table = fusion.kind === "gather" && value === fusion.root.operands[0];
    const result = types[fusion.root.results[0]!]!;
    bytes += table ? elementCount(result.shape) * BYTES_PER_ELEMENT[result.dtype] : layout.paddedBytes;
  }
  return bytes;
}

/** Seconds of one fusion, and of its parts. */
export function fusionTime(
  scheduled: ScheduledFusion,
  program: LaidOutProgram,
  chip: TpuProfile,
): FusionTime {
  const { fusion } = scheduled;
  const source = program.fused.program;
  if (fusion.kind === "collective") {
    const seconds = collectiveSeconds(source, fusion.root, chip);
    return { matrix: 0, vector: 0, memory: 0, seconds };
  }
  const product = fusion.kind === "copy" ? undefined : productOf(source, fusion.root);
  const matrix = product ? matrixSeconds(product, chip) : 0;
  const vector = vectorSeconds(source, fusion, chip, product);
  const memory =
    bytesMoved(scheduled, program) / (chip.memoryBytesPerSecond.value * bandwidthShare(fusion, chip));
  const slowest = Math.max(matrix, vector, memory);
  const others = matrix + vector + memory - slowest;
  const seconds = slowest + chip.overlapLoss.value * others + chip.issueSeconds.value;
  return { matrix, vector, memory, seconds };
}
