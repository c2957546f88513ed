/**
 * @file Values that come from nothing: splat constants, iota, this device's number.
 */
import type { Tensor, Trace } from "../program/trace.js";
import type { DType } from "../program/types.js";
import { emit, FREE, type OpDefinition } from "./definition.js";

declare module "../program/types.js" {
  interface OpAttributes {
    /** Every element is `value`. */
    constant: { readonly value: number; readonly type: TensorType };
    /** 0, 1, 2, … along one dimension. */
    iota: { readonly dimension: number; readonly type: TensorType };
    /** The number of the device that runs the program, i32[]. */
    replicaId: Readonly<Record<never, never>>;
  }
}

export const constantOp: OpDefinition<"constant"> = {
  infer: (_, { type }) => [type],
  cost: () => FREE,
  vjp: () => [],
};

export const iotaOp: OpDefinition<"iota"> = {
  infer: (_, { dimension, type }, reject) =>
    dimension < type.shape.length ? [type] : reject(`there is no dimension ${dimension}`),
  cost: () => FREE,
  vjp: () => [],
};

export const replicaIdOp: OpDefinition<"replicaId"> = {
  infer: () => [{ dtype: "i32", shape: [] }],
  cost: () => FREE,
  vjp: () => [],
};

/** A tensor of `shape` with every element `value`. */
export function constant(
  trace: Trace,
  value: number,
  dtype: DType = "f32",
  shape: readonly number[] = [],
): Tensor {
  return emit("constant", constantOp, [], { value, type: { dtype, shape } }, trace);
}

/** `constant` with the shape and element type of `x`. */
export function fullLike(x: Tensor, value: number): Tensor {
  return constant(x.trace, value, x.dtype, x.shape);
}

/** Counts 0, 1, 2, … along `dimension`. */
export function iota(trace: Trace, dtype: DType, shape: readonly number[], dimension: number): Tensor {
  return emit("iota", iotaOp, [], { dimension, type: { dtype, shape } }, trace);
}

export function replicaId(trace: Trace): Tensor {
  return emit("replicaId", replicaIdOp, [], {}, trace);
}
