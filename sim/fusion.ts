/**
 * @file What the fuse pass produces: fusions, the units that XLA schedules. A fusion reads buffers from memory,
 * computes any number of operations on chip, and writes buffers back.
 */
import type { Operation, Phase, Program, ValueId } from "../src/program/types.js";

/** Dots and convolutions run on the matrix unit; loops and reductions on the vector unit. */
export type FusionKind =
  | "dot"
  | "convolution"
  | "loop"
  | "reduction"
  | "gather"
  | "scatter"
  | "window"
  | "sort"
  | "copy"
  /** A reshape between tiles. */
  | "reshape"
  | "collective";

export interface Fusion {
  readonly kind: FusionKind;
  /** The operation the fusion is built around: its dot, convolution, collective; a loop's last operation. */
  readonly root: Operation;
  /** Everything computed in it, `root` included, in program order. Cheap values may be computed in several. */
  readonly operations: readonly Operation[];
  /** Values read from memory; no value twice. */
  readonly reads: readonly ValueId[];
  /** Of a dot or a convolution: for each of its operands, those of `reads` that it is made of. */
  readonly operandReads: readonly (readonly ValueId[])[];
  /** Those of `reads` that are wanted only after the root: residuals, what a derivative is multiplied with. */
  readonly epilogueReads: readonly ValueId[];
  /** Values written to memory. */
  readonly writes: readonly ValueId[];
  readonly scope: string;
  readonly phase: Phase;
}

export interface FusedProgram {
  readonly program: Program;
  /** In the order in which they run. */
  readonly fusions: readonly Fusion[];
}
