/**
 * @file Operations that move or retype elements without computing on them.
 */
import type { Tensor } from "../program/trace.js";
import { type DType, elementCount, sameShape, type TensorType } from "../program/types.js";
import { constant } from "./constants.js";
import { arithmetic, emit, FREE, type OpDefinition } from "./definition.js";
import { reduce } from "./reduction.js";

/** Padding of one dimension; negative `low` or `high` crops, `interior` goes between elements. */
export interface PadDimension {
  /** Before the first element. */
  readonly low: number;
  /** After the last one. */
  readonly high: number;
  /** Between any two. */
  readonly interior: number;
}

declare module "../program/types.js" {
  interface OpAttributes {
    convert: { readonly dtype: DType };
    reshape: { readonly shape: readonly number[] };
    /** Result dimension i is operand dimension `permutation[i]`. */
    transpose: { readonly permutation: readonly number[] };
    /** Operand dimension i becomes result dimension `dimensions[i]`; operand size 1 stretches. */
    broadcastInDim: { readonly shape: readonly number[]; readonly dimensions: readonly number[] };
    slice: {
      readonly start: readonly number[];
      readonly limit: readonly number[];
      readonly strides: readonly number[];
    };
    /** Operands: the tensor and the scalar to pad with. */
    pad: { readonly dimensions: readonly PadDimension[] };
    concatenate: { readonly dimension: number };
    reverse: { readonly dimensions: readonly number[] };
  }
}

export const convertOp: OpDefinition<"convert"> = {
  infer: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
  cost: (_, results) => arithmetic(elementCount(results[0]!.shape)),
  vjp: ({ operands: [x] }, [g]) =>
    x!.dtype === "f32" || x!.dtype === "bf16" ? [() => convert(g!, x!.dtype)] : [undefined],
};

export const reshapeOp: OpDefinition<"reshape"> = {
  infer: ([x], { shape }, reject) =>
    elementCount(shape) === elementCount(x!.shape)
      ? [{ dtype: x!.dtype, shape }]
      : reject(`[${shape}] has another number of elements`),
  cost: () => FREE,
  vjp: ({ operands: [x] }, [g]) => [() => reshape(g!, x!.shape)],
};

export const transposeOp: OpDefinition<"transpose"> = {
  infer: ([x], { permutation }, reject) => {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (permutation.length !== x!.shape.length || sorted.some((d, i) => d !== i)) {
      reject(`[${permutation}] is not a permutation of the operand's dimensions`);
    }
    return [{ dtype: x!.dtype, shape: permutation.map((d) => x!.shape[d]!) }];
  },
  cost: () => FREE,
  vjp: ({ attributes: { permutation } }, [g]) => [
    () =>
      transpose(
        g!,
        permutation.map((_, d) => permutation.indexOf(d)),
      ),
  ],
};

export const broadcastInDimOp: OpDefinition<"broadcastInDim"> = {
  infer: ([x], { shape, dimensions }, reject) => {
    if (dimensions.length !== x!.shape.length)
      reject("one result dimension is needed for each operand dimension");
    dimensions.forEach((target, i) => {
      const size = x!.shape[i];
      if (size !== 1 && size !== shape[target])
        reject(`dimension ${i} does not fit dimension ${target} of [${shape}]`);
      if (i > 0 && target <= dimensions[i - 1]!) reject("result dimensions must ascend");
    });
    return [{ dtype: x!.dtype, shape }];
  },
  cost: () => FREE,
  vjp: ({ operands: [x], attributes: { shape, dimensions } }, [g]) => [
    () => {
      const stretched = (d: number) => {
        const i = dimensions.indexOf(d);
        return i === -1 || (x!.shape[i] === 1 && shape[d] !== 1);
      };
      const summed = shape.map((_, d) => d).filter(stretched);
      return reshape(reduce("add", g!, summed), x!.shape);
    },
  ],
};

export const sliceOp: OpDefinition<"slice"> = {
  infer: ([x], { start, limit, strides }, reject) => {
    x!.shape.forEach((size, d) => {
      const inside = start[d]! >= 0 && start[d]! <= limit[d]! && limit[d]! <= size && strides[d]! >= 1;
      if (!inside) reject(`dimension ${d} cannot be sliced ${start[d]}:${limit[d]}:${strides[d]}`);
    });
    const shape = x!.shape.map((_, d) => Math.ceil((limit[d]! - start[d]!) / strides[d]!));
    return [{ dtype: x!.dtype, shape }];
  },
  cost: () => FREE,
  vjp: ({ operands: [x], results: [y], attributes: { start, strides } }, [g]) => [
    () =>
      pad(
        g!,
        0,
        x!.shape.map((size, d) => {
          const span = y!.shape[d] === 0 ? 0 : (y!.shape[d]! - 1) * strides[d]! + 1;
          return { low: start[d]!, high: size - start[d]! - span, interior: strides[d]! - 1 };
        }),
      ),
  ],
};

function paddedSize(size: number, { low, high, interior }: PadDimension): number {
  return low + size + Math.max(size - 1, 0) * interior + high;
}

export const padOp: OpDefinition<"pad"> = {
  infer: ([x, value], { dimensions }, reject) => {
    if (value!.shape.length !== 0 || value!.dtype !== x!.dtype)
      reject("the padding value must be a scalar of the same type");
    if (dimensions.length !== x!.shape.length) reject("every dimension needs its padding");
    const shape = x!.shape.map((size, d) => paddedSize(size, dimensions[d]!));
    if (shape.some((size) => size < 0)) reject("crops more than there is");
    return [{ dtype: x!.dtype, shape }];
  },
  cost: () => FREE,
  vjp: ({ operands: [x], attributes: { dimensions } }, [g]) => [
    () => {
      // Undo the outer padding (what was cropped comes back as zeros), then drop the interior.
      const uncropped = pad(
        g!,
        0,
        dimensions.map(({ low, high }) => ({ low: -low, high: -high, interior: 0 })),
      );
      return slice(
        uncropped,
        x!.shape.map(() => 0),
        uncropped.shape,
        dimensions.map(({ interior }) => interior + 1),
      );
    },
    // Padding is always with a constant here, so its cotangent is never asked for.
    undefined,
  ],
};

export const concatenateOp: OpDefinition<"concatenate"> = {
  infer: (operands, { dimension }, reject) => {
    const [first] = operands;
    for (const operand of operands) {
      const fits = operand.shape.every((size, d) => d === dimension || size === first!.shape[d]);
      if (!fits || operand.shape.length !== first!.shape.length || operand.dtype !== first!.dtype) {
        reject(`operands must agree in everything but dimension ${dimension}`);
      }
    }
    const total = operands.reduce((sum, { shape }) => sum + shape[dimension]!, 0);
    return [{ dtype: first!.dtype, shape: first!.shape.map((size, d) => (d === dimension ? total : size)) }];
  },
  cost: () => FREE,
  vjp: ({ operands, attributes: { dimension } }, [g]) => {
    let start = 0;
    return operands.map(({ shape }) => {
      const from = start;
      start += shape[dimension]!;
      return () => sliceDimension(g!, dimension, from, from + shape[dimension]!);
    });
  },
};

export const reverseOp: OpDefinition<"reverse"> = {
  infer: ([x]) => [x!],
  cost: () => FREE,
  vjp: ({ attributes: { dimensions } }, [g]) => [() => reverse(g!, dimensions)],
};

/** Converts the element type; returns `x` itself when it already has it. */
export function convert(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : emit("convert", convertOp, [x], { dtype });
}

/** Row-major reshape; returns `x` itself when it already has the shape. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : emit("reshape", reshapeOp, [x], { shape });
}

/** Result dimension i is dimension `permutation[i]` of `x`. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const identity = permutation.every((d, i) => d === i) && permutation.length === x.shape.length;
  return identity ? x : emit("transpose", transposeOp, [x], { permutation });
}

/** Repeats `x` along all dimensions of `shape` but `dimensions`, which are its own. */
export function broadcastInDim(x: Tensor, shape: readonly number[], dimensions: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : emit("broadcastInDim", broadcastInDimOp, [x], { shape, dimensions });
}

/** Broadcasts along the leading dimensions, as a bias of shape [C] along [B,H,W,C]. */
export function broadcastTrailing(x: Tensor, like: TensorType): Tensor {
  const lead = like.shape.length - x.shape.length;
  return broadcastInDim(
    x,
    like.shape,
    x.shape.map((_, d) => lead + d),
  );
}

/** Every stride-th element from `starts` to before `limits`. */
export function slice(
  x: Tensor,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[] = x.shape.map(() => 1),
): Tensor {
  const whole = sameShape(limit, x.shape) && start.every((s) => s === 0) && strides.every((s) => s === 1);
  return whole ? x : emit("slice", sliceOp, [x], { start, limit, strides });
}

/** Elements `from` to `to` (exclusive) of one dimension. */
export function sliceDimension(x: Tensor, dimension: number, from: number, to: number): Tensor {
  return slice(
    x,
    x.shape.map((_, d) => (d === dimension ? from : 0)),
    x.shape.map((size, d) => (d === dimension ? to : size)),
  );
}

/** Puts `value` around the elements, and between them. */
export function pad(x: Tensor, value: number, dimensions: readonly PadDimension[]): Tensor {
  const nothing = dimensions.every(({ low, high, interior }) => low === 0 && high === 0 && interior === 0);
  return nothing ? x : emit("pad", padOp, [x, constant(x.trace, value, x.dtype)], { dimensions });
}

/** Operands one after the other along a dimension. */
export function concatenate(operands: readonly Tensor[], dimension: number): Tensor {
  return operands.length === 1 ? operands[0]! : emit("concatenate", concatenateOp, operands, { dimension });
}

/** The last first, along some dimensions. */
export function reverse(x: Tensor, dimensions: readonly number[]): Tensor {
  return emit("reverse", reverseOp, [x], { dimensions });
}
