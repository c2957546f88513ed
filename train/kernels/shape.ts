/** @file Kernels of `src/ops/shape.ts`, `src/ops/gather.ts` and `src/ops/topK.ts`. */
import * as tf from "@tensorflow/tfjs-core";
import type { PadDimension } from "../../src/ops/shape.js";
import { elementCount } from "../../src/program/types.js";
import { hostDtype } from "./elementwise.js";
import type { Kernel } from "./kernel.js";

/** Narrowing to bf16 changes nothing on the host, where both are f32. */
export const convertKernel: Kernel<"convert"> = ({ attributes: { dtype }, operands: [from] }) => {
  const target = hostDtype(dtype);
  return hostDtype(from!.dtype) === target ? (x) => tf.clone(x) : (x) => tf.cast(x, target);
};

export const reshapeKernel: Kernel<"reshape"> =
  ({ attributes: { shape } }) =>
  (x) =>
    tf.reshape(x, [...shape]);

export const transposeKernel: Kernel<"transpose"> =
  ({ attributes: { permutation } }) =>
  (x) =>
    tf.transpose(x, [...permutation]);

export const broadcastInDimKernel: Kernel<"broadcastInDim"> = ({
  attributes: { shape, dimensions },
  operands: [operand],
  storedShape,
}) => {
  const aligned = shape.map((_, d) => {
    const i = dimensions.indexOf(d);
    return i === -1 ? 1 : operand!.shape[i]!;
  });
  const repeats = aligned.map((size, d) => storedShape[d]! / size);
  return repeats.every((count) => count === 1)
    ? (x) => tf.reshape(x, aligned)
    : (x) => tf.tile(tf.reshape(x, aligned), repeats);
};

export const sliceKernel: Kernel<"slice"> = ({ attributes: { start, limit, strides } }) =>
  strides.every((stride) => stride === 1)
    ? (x) =>
        tf.slice(
          x,
          [...start],
          start.map((from, d) => limit[d]! - from),
        )
    : (x) => tf.stridedSlice(x, [...start], [...limit], [...strides]);

/** Puts `interior` elements of `value` between the elements of one dimension. */
export function dilate(x: tf.Tensor, dimension: number, interior: number, value: number): tf.Tensor {
  const size = x.shape[dimension]!;
  if (interior === 0 || size <= 1) return x;
  const before = x.shape.slice(0, dimension);
  const after = x.shape.slice(dimension + 1);
  const outer = elementCount(before);
  const inner = elementCount(after);
  // [outer, size, 1, inner] padded to [outer, size, 1 + interior, inner] is what is wanted, read row by row.
  const spread = tf.pad(
    tf.reshape(x, [outer, size, 1, inner]),
    [
      [0, 0],
      [0, 0],
      [0, interior],
      [0, 0],
    ],
    value,
  );
  const whole = tf.reshape(spread, [outer, size * (interior + 1), inner]);
  const length = size * (interior + 1) - interior;
  return tf.reshape(tf.slice(whole, [0, 0, 0], [outer, length, inner]), [...before, length, ...after]);
}

/** `x` padded with a constant; negative amounts crop. */
export function padWith(x: tf.Tensor, dimensions: readonly PadDimension[], value: number): tf.Tensor {
  let y = x;
  dimensions.forEach(({ interior }, d) => {
    y = dilate(y, d, interior, value);
  });
  const cropped = dimensions.some(({ low, high }) => low < 0 || high < 0);
  if (cropped) {
    const begin = dimensions.map(({ low }) => Math.max(-low, 0));
    const size = dimensions.map(({ high }, d) => y.shape[d]! - begin[d]! - Math.max(-high, 0));
    y = tf.slice(y, begin, size);
  }
  const outer = dimensions.map(({ low, high }): [number, number] => [Math.max(low, 0), Math.max(high, 0)]);
  if (outer.some(([low, high]) => low > 0 || high > 0)) y = tf.pad(y, outer, value);
  return y === x ? tf.clone(x) : y;
}

/** The padding value is a scalar constant; zero is by far the most common. */
export const padKernel: Kernel<"pad"> =
  ({ attributes: { dimensions } }) =>
  (x, value) =>
    padWith(x, dimensions, value.dataSync()[0]!);

export const concatenateKernel: Kernel<"concatenate"> =
  ({ attributes: { dimension } }) =>
  (...operands) =>
    tf.concat(operands, dimension);

export const reverseKernel: Kernel<"reverse"> =
  ({ attributes: { dimensions } }) =>
  (x) =>
    tf.reverse(x, [...dimensions]);

export const gatherKernel: Kernel<"gather"> = () => (table, indices) =>
  tf.gather(table, indices as tf.Tensor<tf.Rank.R1>, 0);

/** `scatterND` adds up the updates of one row. */
export const scatterAddKernel: Kernel<"scatterAdd"> = ({ operands: [, indices], results: [result] }) => {
  const count = elementCount(indices!.shape);
  const [rows, ...row] = result!.shape as [number, ...number[]];
  return (updates, at) =>
    tf.scatterND(tf.reshape(at, [count, 1]), tf.reshape(updates, [count, ...row]), [rows, ...row]);
};

export const topKKernel: Kernel<"topK"> =
  ({ attributes: { k } }) =>
  (x) =>
    tf.topk(x, k).indices;
