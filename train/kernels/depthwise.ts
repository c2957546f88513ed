/**
 * @file Depthwise convolutions, one input channel and one feature a group: TensorFlow has kernels of its own for
 * them, and running a group at a time would take hundreds of calls.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { ConvolutionGeometry } from "../../src/ops/convolution.js";
import type { OpAttributes } from "../../src/program/types.js";
import type { Run } from "./kernel.js";
import { gradientPadding, hasKernel } from "./padding.js";
import { dilate } from "./shape.js";

/** Whether a kernel [k,k,1,C] of C groups makes a convolution depthwise, with strides that TensorFlow takes. */
export function isDepthwise(
  { groups, strides }: ConvolutionGeometry,
  [, , channels, features]: readonly number[],
): boolean {
  return groups > 1 && channels === 1 && features === groups && strides[0] === strides[1];
}

/** Kernels [k,k,1,C] as TensorFlow wants them, [k,k,C,1]: the same elements in the same order. */
function depthwiseShape([kh, kw, , features]: readonly number[]): [number, number, number, number] {
  return [kh!, kw!, features!, 1];
}

export function depthwiseConvolution(geometry: ConvolutionGeometry, kernelShape: readonly number[]): Run {
  const { pad, around } = gradientPadding(geometry, kernelShape);
  const strides: [number, number] = [...geometry.strides];
  return (input, kernel) => {
    const padded = pad === "same" ? input! : tf.pad(input!, around);
    const filter = tf.reshape(kernel!, depthwiseShape(kernelShape)) as tf.Tensor4D;
    return tf.depthwiseConv2d(padded as tf.Tensor4D, filter, strides, pad);
  };
}

export function depthwiseInputGradient(
  attributes: OpAttributes["convolutionInputGradient"],
  kernelShape: readonly number[],
): Run {
  const { pad, around } = gradientPadding(attributes, kernelShape);
  const [n, h, w, c] = attributes.inputShape as [number, number, number, number];
  const [[top, bottom], [left, right]] = [around[1], around[2]];
  const inputShape = [n, h + top + bottom, w + left + right, c];
  const options = { strides: [...attributes.strides], pad, dilations: [1, 1], inputShape };
  if (!hasKernel("DepthwiseConv2dNativeBackpropInput")) {
    return (dy, kernel) => transposedDepthwise(dy!, kernel!, attributes);
  }
  return (dy, kernel) => {
    const inputs = { dy: dy!, filter: tf.reshape(kernel!, depthwiseShape(kernelShape)) };
    const padded = tf.engine().runKernel("DepthwiseConv2dNativeBackpropInput", inputs, options);
    return tf.slice(padded as tf.Tensor, [0, top, left, 0], [n, h, w, c]);
  };
}

/** The same by a depthwise convolution: of the cotangent, spread out by the strides, with the kernel turned round. */
function transposedDepthwise(
  dy: tf.Tensor,
  kernel: tf.Tensor,
  { strides, padding, inputShape }: OpAttributes["convolutionInputGradient"],
): tf.Tensor {
  const [kh, kw] = kernel.shape as [number, number];
  const spread = dilate(dilate(dy, 1, strides[0] - 1, 0), 2, strides[1] - 1, 0);
  const around = (axis: 0 | 1, size: number): [number, number] => {
    const low = size - 1 - padding[axis][0];
    return [low, inputShape[axis + 1]! + size - 1 - low - spread.shape[axis + 1]!];
  };
  const [vertical, horizontal] = [around(0, kh), around(1, kw)];
  // Padding of the convolution beyond the kernel's reach crops the cotangent.
  const crop = [vertical, horizontal].map(([low]) => Math.max(-low, 0)) as [number, number];
  const cropped = tf.slice(spread, [0, crop[0], crop[1], 0]);
  const positive = ([low, high]: [number, number]): [number, number] => [Math.max(low, 0), Math.max(high, 0)];
  const padded = tf.pad(cropped, [[0, 0], positive(vertical), positive(horizontal), [0, 0]]);
  const turned = tf.reshape(tf.reverse(kernel, [0, 1]), depthwiseShape(kernel.shape)) as tf.Tensor4D;
  const gradient = tf.depthwiseConv2d(padded as tf.Tensor4D, turned, 1, "valid");
  return tf.slice(gradient, [0, 0, 0, 0], [...inputShape]);
}

export function depthwiseKernelGradient(attributes: OpAttributes["convolutionKernelGradient"]): Run {
  const { kernelShape } = attributes;
  const { pad, around } = gradientPadding(attributes, kernelShape);
  if (!hasKernel("DepthwiseConv2dNativeBackpropFilter")) {
    return (x, dy) => kernelGradientByOffsets(x!, dy!, attributes);
  }
  const filterShape = depthwiseShape(kernelShape);
  const options = { strides: [...attributes.strides], pad, dilations: [1, 1], filterShape };
  return (x, dy) => {
    const inputs = { x: pad === "same" ? x! : tf.pad(x!, around), dy: dy! };
    const gradient = tf.engine().runKernel("DepthwiseConv2dNativeBackpropFilter", inputs, options);
    return tf.reshape(gradient as tf.Tensor, [...kernelShape]);
  };
}

/** For each offset of the kernel, the sum of what it saw times the cotangent. */
function kernelGradientByOffsets(
  x: tf.Tensor,
  dy: tf.Tensor,
  { strides, padding, kernelShape }: OpAttributes["convolutionKernelGradient"],
): tf.Tensor {
  const [n, rows, columns, c] = dy.shape as [number, number, number, number];
  const padded = tf.pad(x, [[0, 0], [...padding[0]], [...padding[1]], [0, 0]]);
  const [kh, kw] = kernelShape as [number, number];
  const parts: tf.Tensor[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const limit = [n, i + (rows - 1) * strides[0] + 1, j + (columns - 1) * strides[1] + 1, c];
      const seen = tf.stridedSlice(padded, [0, i, j, 0], limit, [1, ...strides, 1]);
      parts.push(tf.sum(tf.mul(seen, dy), [0, 1, 2]));
    }
  }
  return tf.reshape(tf.stack(parts), [...kernelShape]);
}
