/** @file Picking rows of each example of a batch: a gather whose indices count within the example. */
import { fullLike, iota } from "../../ops/constants.js";
import { add, multiply } from "../../ops/elementwise.js";
import { gather } from "../../ops/gather.js";
import { reshape } from "../../ops/shape.js";
import type { Tensor } from "../../program/trace.js";

/** Rows of the whole batch's table for indices i32[b,...] into each example's `rows` rows. */
export function batchIndices(indices: Tensor, rows: number): Tensor {
  const example = iota(indices.trace, "i32", indices.shape, 0);
  return add(indices, multiply(example, fullLike(example, rows)));
}

/** x[b,n,...] and indices i32[b,...k] to [b,...k,...]: each example's own rows. */
export function gatherRows(x: Tensor, indices: Tensor): Tensor {
  const [batch, rows, ...rest] = x.shape as [number, number, ...number[]];
  return gather(reshape(x, [batch * rows, ...rest]), batchIndices(indices, rows));
}
