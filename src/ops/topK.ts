/**
 * @file The indices of the largest elements: CHLO's `top_k`, of which only the indices are kept (a gather gives
 * the values, and carries their gradient).
 */
import type { Tensor } from "../program/trace.js";
import { elementCount } from "../program/types.js";
import { arithmetic, emit, type OpDefinition } from "./definition.js";

declare module "../program/types.js" {
  interface OpAttributes {
    /** Operand [..., n]. Result i32[..., k]: indices along the last dimension, largest first, ties in order. */
    topK: { readonly k: number };
  }
}

export const topKOp: OpDefinition<"topK"> = {
  infer: ([x], { k }, reject) => {
    const n = x!.shape.at(-1);
    if (n === undefined || k < 1 || k > n) reject(`cannot take the ${k} largest`);
    return [{ dtype: "i32", shape: [...x!.shape.slice(0, -1), k] }];
  },
  // A sort compares n log₂ n times (HloCostAnalysis::HandleSort).
  cost: ([x]) => arithmetic(elementCount(x!.shape) * Math.ceil(Math.log2(Math.max(2, x!.shape.at(-1)!)))),
  vjp: () => [undefined],
};

/** Indices of the `k` largest elements along the last dimension. */
export function topK(x: Tensor, k: number): Tensor {
  return emit("topK", topKOp, [x], { k });
}
