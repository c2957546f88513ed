/**
 * @file The program: an explicit, flat, single-assignment list of operations that one device runs in one
 * training step. Everything in this project either produces a `Program` or reads one.
 */

/** Element types, with StableHLO's names. `i1` is a boolean. */
export type DType = "f32" | "bf16" | "i32" | "i1" | "ui8";

export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = { f32: 4, bf16: 2, i32: 4, i1: 1, ui8: 1 };

export interface TensorType {
  /** Of its elements. */
  readonly dtype: DType;
  /** Sizes of its dimensions, outermost first. */
  readonly shape: readonly number[];
}

/** Index into `Program.types`. */
export type ValueId = number;

/**
 * The attributes of every operation, keyed by its name. Each family file in `src/ops` adds its own entries by
 * declaration merging, so that an operation is described in one place and everything keyed by `OpName` fails
 * to compile until it knows the new one.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by src/ops through declaration merging
export interface OpAttributes {}

export type OpName = keyof OpAttributes;

/**
 * Which part of the training step an operation belongs to; `recompute` is what the backward pass computes a
 * second time because of rematerialisation.
 */
export const phases = ["forward", "recompute", "backward", "update"] as const;
export type Phase = (typeof phases)[number];

interface OperationOf<N extends OpName> {
  readonly name: N;
  readonly operands: readonly ValueId[];
  readonly attributes: OpAttributes[N];
  readonly results: readonly ValueId[];
  /** Where in the model it comes from: `encoder/block3/attention/query`. */
  readonly scope: string;
  readonly phase: Phase;
}

/** One operation; a union discriminated by `name`, so that `attributes` has the right type after a check. */
export type Operation<N extends OpName = OpName> = { [K in N]: OperationOf<K> }[N];

/** How a parameter or a piece of state gets its first value. Fans are explicit so that no layer is special. */
export type Initializer =
  | {
      /** All elements are equal. */
      readonly kind: "constant";
      /** What they are. */
      readonly value: number;
    }
  /** Normal with the given standard deviation, truncated at two of them when `truncated`. */
  | {
      /** Elements are normal around 0. */
      readonly kind: "normal";
      /** Before they are truncated. */
      readonly stddev: number;
      /** Whether none is beyond two standard deviations. */
      readonly truncated: boolean;
    }
  | {
      /** Elements are uniform around 0. */
      readonly kind: "uniform";
      /** None is farther from 0. */
      readonly limit: number;
    };

/**
 * - `parameter`: trained by gradient descent
 * - `frozen`: weights that the step only reads
 * - `model-state`: carried from step to step by the model itself (batch-norm moving averages)
 * - `optimizer-state`: moments and the step counter
 * - `batch`: this device's share of the global batch
 * - `schedule`: scalars that the training loop sets each step (the learning rate)
 * - `noise`: uniform numbers in [0, 1), drawn anew by the training loop for each step and device
 */
export type InputRole =
  | "parameter"
  | "frozen"
  | "model-state"
  | "optimizer-state"
  | "batch"
  | "schedule"
  | "noise";

/** What part of a tensor a device holds: device i that of the `replicas` equal ones along `dimension` which has number i. */
export interface Shard {
  readonly dimension: number;
  readonly replicas: number;
}

export interface ProgramInput {
  readonly name: string;
  readonly role: InputRole;
  readonly value: ValueId;
  /** Absent for `batch`, `schedule` and `noise` inputs. */
  readonly initializer?: Initializer;
  /** For parameters and state of which each device holds its own part; absent where all devices hold the same. */
  readonly shard?: Shard;
}

export interface ProgramOutput {
  readonly name: string;
  readonly value: ValueId;
  /** Index into `Program.inputs` of the donated input that this output replaces in the next step. */
  readonly replaces?: number;
}

/** What one device runs in one training step. */
export interface Program {
  /** For people. */
  readonly name: string;
  /** Number of devices that run this same program; collectives run over all of them. */
  readonly replicas: number;
  /** The type of each value; equal types are most often one object. */
  readonly types: readonly TensorType[];
  /** Parameters, state and batch. */
  readonly inputs: readonly ProgramInput[];
  /** In an order in which they can be run. */
  readonly operations: readonly Operation[];
  /** Losses, and what replaces inputs in the next step. */
  readonly outputs: readonly ProgramOutput[];
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** The shape of what `shape` is a part of. */
export function wholeShape(shape: readonly number[], shard?: Shard): readonly number[] {
  return shape.map((size, d) => (d === shard?.dimension ? size * shard.replicas : size));
}

/** The shape of each part of a tensor. @throws Error when the dimension does not divide into them */
export function shardShape(shape: readonly number[], { dimension, replicas }: Shard): readonly number[] {
  if (shape[dimension]! % replicas !== 0)
    throw new Error(`dimension ${dimension} of [${shape}] does not divide into ${replicas} parts`);
  return shape.map((size, d) => (d === dimension ? size / replicas : size));
}

/** Bytes of a tensor without any padding. */
export function byteSize(type: TensorType): number {
  return elementCount(type.shape) * BYTES_PER_ELEMENT[type.dtype];
}

/** `bf16[128,196,384]`, as HLO prints it. */
export function formatType(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(",")}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}
