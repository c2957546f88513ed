/**
 * @file Looking rows up by index, and its gradient. This is StableHLO's `gather` restricted to whole rows
 * along one dimension (what an embedding needs); `scatterAdd` is its `scatter` with addition onto zeros.
 */
import type { Tensor } from "../program/trace.js";
import { elementCount } from "../program/types.js";
import { arithmetic, emit, FREE, type OpDefinition } from "./definition.js";

declare module "../program/types.js" {
  interface OpAttributes {
    /** Operands: table [rows, …], indices i32[…]. Result: [indices…, …]. */
    gather: Readonly<Record<never, never>>;
    /** Operands: updates [indices…, …], indices i32[…]. Result: [rows, …], the sum of the updates of each row. */
    scatterAdd: { readonly rows: number };
  }
}

export const gatherOp: OpDefinition<"gather"> = {
  infer: ([table, indices], _, reject) => {
    if (indices!.dtype !== "i32") reject("indices must be i32");
    if (table!.shape.length === 0) reject("a scalar has no rows");
    return [{ dtype: table!.dtype, shape: [...indices!.shape, ...table!.shape.slice(1)] }];
  },
  cost: () => FREE,
  vjp: ({ operands: [table, indices] }, [g]) => [() => scatterAdd(g!, indices!, table!.shape[0]!), undefined],
};

export const scatterAddOp: OpDefinition<"scatterAdd"> = {
  infer: ([updates, indices], { rows }, reject) => {
    const leading = updates!.shape.slice(0, indices!.shape.length);
    if (indices!.dtype !== "i32") reject("indices must be i32");
    if (leading.some((size, d) => size !== indices!.shape[d]))
      reject("updates must begin with the indices' shape");
    return [{ dtype: updates!.dtype, shape: [rows, ...updates!.shape.slice(indices!.shape.length)] }];
  },
  cost: ([updates]) => arithmetic(elementCount(updates!.shape)),
  vjp: ({ operands: [, indices] }, [g]) => [() => gather(g!, indices!), undefined],
};

/** Rows of `table` at `indices`. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  return emit("gather", gatherOp, [table, indices], {});
}

export function scatterAdd(updates: Tensor, indices: Tensor, rows: number): Tensor {
  return emit("scatterAdd", scatterAddOp, [updates, indices], { rows });
}
