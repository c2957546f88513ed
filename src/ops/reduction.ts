/**
 * @file Reductions over whole dimensions and over sliding windows.
 */
import type { Tensor } from "../program/trace.js";
import { elementCount, type TensorType } from "../program/types.js";
import { fullLike } from "./constants.js";
import { arithmetic, emit, type OpDefinition } from "./definition.js";
import { compare, divide, multiply, select } from "./elementwise.js";
import { broadcastInDim, convert, pad } from "./shape.js";

/** How elements become one. */
export type Reducer = "add" | "max";

/** A window over every dimension of the operand, as in StableHLO: batch and channels have size 1. */
export interface Window {
  /** Of each dimension. */
  readonly size: readonly number[];
  /** Of each dimension. */
  readonly strides: readonly number[];
  /** Before and after each dimension. */
  readonly padding: readonly (readonly [low: number, high: number])[];
}

declare module "../program/types.js" {
  interface OpAttributes {
    reduce: { readonly reducer: Reducer; readonly dimensions: readonly number[] };
    reduceWindow: { readonly reducer: Reducer; readonly window: Window };
    /**
     * Max-pooling's gradient. Operands: what was pooled, and the cotangent of the pooled; each window's
     * cotangent is added at the window's first maximum (select GE, scatter add).
     */
    selectAndScatter: { readonly window: Window };
  }
}

const inputMinusOutput = ([x]: readonly TensorType[], [y]: readonly TensorType[]) =>
  arithmetic(elementCount(x!.shape) - elementCount(y!.shape));

/** Dimensions of the operand that survive a reduction. */
function keptDimensions(rank: number, reduced: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, d) => d).filter((d) => !reduced.includes(d));
}

export const reduceOp: OpDefinition<"reduce"> = {
  infer: ([x], { dimensions }, reject) => {
    if (dimensions.some((d) => d < 0 || d >= x!.shape.length))
      reject(`cannot reduce dimensions [${dimensions}]`);
    return [{ dtype: x!.dtype, shape: keptDimensions(x!.shape.length, dimensions).map((d) => x!.shape[d]!) }];
  },
  cost: inputMinusOutput,
  vjp: ({ operands: [x], results: [y], attributes: { reducer, dimensions } }, [g]) => [
    () => {
      const kept = keptDimensions(x!.shape.length, dimensions);
      const spread = (reduced: Tensor) => broadcastInDim(reduced, x!.shape, kept);
      if (reducer === "add") return spread(g!);
      // Ties share the cotangent, as in JAX: the result is then the same for every order of reduction.
      const isMaximum = compare("EQ", x!, spread(y!));
      const count = reduce("add", convert(isMaximum, x!.dtype), dimensions);
      return select(isMaximum, spread(divide(g!, count)), fullLike(x!, 0));
    },
  ],
};

/** Output size of one windowed dimension. */
export function windowedSize(
  size: number,
  window: number,
  stride: number,
  low: number,
  high: number,
): number {
  return Math.floor((size + low + high - window) / stride) + 1;
}

export const reduceWindowOp: OpDefinition<"reduceWindow"> = {
  infer: ([x], { window: { size, strides, padding } }, reject) => {
    if (size.length !== x!.shape.length) reject("the window needs a size for every dimension");
    const shape = x!.shape.map((n, d) => windowedSize(n, size[d]!, strides[d]!, ...padding[d]!));
    if (shape.some((n) => n < 1)) reject(`the window [${size}] is larger than the padded operand`);
    return [{ dtype: x!.dtype, shape }];
  },
  cost: (_, [y], { window }) => arithmetic(elementCount(y!.shape) * (elementCount(window.size) - 1)),
  vjp: ({ operands: [x], attributes: { reducer, window } }, [g]) => [
    () => (reducer === "max" ? selectAndScatter(x!, g!, window) : spreadOverWindows(x!, g!, window)),
  ],
};

/** Sum-pooling's gradient: every element gets the cotangents of the windows it was in. */
function spreadOverWindows(x: Tensor, cotangent: Tensor, { size, strides, padding }: Window): Tensor {
  const dimensions = x.shape.map((n, d) => {
    const low = size[d]! - 1 - padding[d]![0];
    const spread = (cotangent.shape[d]! - 1) * strides[d]! + 1;
    return { low, high: n + size[d]! - 1 - low - spread, interior: strides[d]! - 1 };
  });
  const unstrided = { size, strides: size.map(() => 1), padding: size.map(() => [0, 0] as const) };
  return reduceWindow("add", pad(cotangent, 0, dimensions), unstrided);
}

export const selectAndScatterOp: OpDefinition<"selectAndScatter"> = {
  infer: ([x]) => [x!],
  cost: ([, source], _, { window }) => arithmetic(elementCount(source!.shape) * elementCount(window.size)),
  vjp: () => {
    throw new Error("selectAndScatter: second derivatives of max-pooling are not supported");
  },
};

/** Reduces over `dimensions`, which disappear; returns `x` itself when there are none. */
export function reduce(reducer: Reducer, x: Tensor, dimensions: readonly number[]): Tensor {
  return dimensions.length === 0 ? x : emit("reduce", reduceOp, [x], { reducer, dimensions });
}

/** Mean over `dimensions`, which disappear. */
export function mean(x: Tensor, dimensions: readonly number[]): Tensor {
  const count = elementCount(dimensions.map((d) => x.shape[d]!));
  const total = reduce("add", x, dimensions);
  return multiply(total, fullLike(total, 1 / count));
}

/** Each window reduced to one element: pooling. */
export function reduceWindow(reducer: Reducer, x: Tensor, window: Window): Tensor {
  return emit("reduceWindow", reduceWindowOp, [x], { reducer, window });
}

export function selectAndScatter(x: Tensor, source: Tensor, window: Window): Tensor {
  return emit("selectAndScatter", selectAndScatterOp, [x, source], { window });
}
