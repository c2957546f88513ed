/** @file Kernels of `src/ops/convolution.ts`. */
import * as tf from "@tensorflow/tfjs-core";
import { type ConvolutionGeometry, isPointwise } from "../../src/ops/convolution.js";
import {
  depthwiseConvolution,
  depthwiseInputGradient,
  depthwiseKernelGradient,
  isDepthwise,
} from "./depthwise.js";
import type { Kernel } from "./kernel.js";
import { type ExplicitPadding, gradientPadding, hasKernel } from "./padding.js";

interface HostGeometry {
  readonly strides: [number, number];
  readonly pad: ExplicitPadding | "valid";
}

function hostGeometry({
  strides: [down, right],
  padding: [vertical, horizontal],
}: ConvolutionGeometry): HostGeometry {
  const none = [...vertical, ...horizontal].every((n) => n === 0);
  const pad: ExplicitPadding = [[0, 0], [...vertical], [...horizontal], [0, 0]];
  return { strides: [down, right], pad: none ? "valid" : pad };
}

/** Runs a convolution of one group for each group, on slices of the operands' channels. */
function perGroup(
  groups: number,
  axes: readonly number[],
  join: number,
  run: (...parts: tf.Tensor[]) => tf.Tensor,
) {
  if (groups === 1) return run;
  return (...operands: tf.Tensor[]) => {
    const parts = operands.map((operand, i) => tf.split(operand, groups, axes[i]!));
    const results = Array.from({ length: groups }, (_, g) => run(...parts.map((part) => part[g]!)));
    return tf.concat(results, join);
  };
}

/**
 * Pixels by channels, for pointwise convolutions: as matrix products they are faster, because TensorFlow's convolutions
 * reorder their operands first. An image,
 * or the cotangent of one; a kernel of one pixel is a matrix of channels by features.
 */
const asMatrix = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D;

/** Channels are the last dimension of images; features the last of kernels, which hold one group's channels. */
const IMAGE_CHANNELS = 3;
const KERNEL_FEATURES = 3;

export const convolutionKernel: Kernel<"convolution"> = ({
  attributes,
  operands: [, filter],
  results: [result],
}) => {
  if (isPointwise(attributes, filter!.shape)) {
    const shape = [...result!.shape];
    return (x, kernel) => tf.reshape(tf.matMul(asMatrix(x!), asMatrix(kernel!)), shape);
  }
  const { strides, pad } = hostGeometry(attributes);
  if (isDepthwise(attributes, filter!.shape)) return depthwiseConvolution(attributes, filter!.shape);
  return perGroup(attributes.groups, [IMAGE_CHANNELS, KERNEL_FEATURES], IMAGE_CHANNELS, (input, kernel) =>
    tf.conv2d(input as tf.Tensor4D, kernel as tf.Tensor4D, strides, pad as "valid"),
  );
};

export const convolutionInputGradientKernel: Kernel<"convolutionInputGradient"> = ({
  attributes,
  operands: [, kernel],
}) => {
  const { strides, groups, inputShape: wholeShape } = attributes;
  if (isPointwise(attributes, kernel!.shape)) {
    return (dy, filter) =>
      tf.reshape(tf.matMul(asMatrix(dy!), asMatrix(filter!), false, true), [...wholeShape]);
  }
  if (isDepthwise(attributes, kernel!.shape)) return depthwiseInputGradient(attributes, kernel!.shape);
  const { pad, around } = gradientPadding(attributes, kernel!.shape);
  const [n, h, w, c] = wholeShape as [number, number, number, number];
  const [[top, bottom], [left, right]] = [around[1], around[2]];
  const inputShape = [n, h + top + bottom, w + left + right, c / groups];
  const options = { strides: [...strides], pad, dataFormat: "NHWC", inputShape };
  return perGroup(groups, [IMAGE_CHANNELS, KERNEL_FEATURES], IMAGE_CHANNELS, (dy, filter) => {
    const padded = tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, options) as tf.Tensor;
    return tf.slice(padded, [0, top, left, 0], [n, h, w, c / groups]);
  });
};

export const convolutionKernelGradientKernel: Kernel<"convolutionKernelGradient"> = ({ attributes }) => {
  const { strides, groups, kernelShape } = attributes;
  if (isPointwise(attributes, kernelShape)) {
    return (x, dy) => tf.reshape(tf.matMul(asMatrix(x!), asMatrix(dy!), true, false), [...kernelShape]);
  }
  if (isDepthwise(attributes, kernelShape)) return depthwiseKernelGradient(attributes);
  const { pad, around } = gradientPadding(attributes, kernelShape);
  const [kh, kw, c, o] = kernelShape as [number, number, number, number];
  const filterShape = [kh, kw, c, o / groups];
  const options = { strides: [...strides], pad, dataFormat: "NHWC", filterShape };
  const native = hasKernel("Conv2DBackpropFilter");
  const run = (x: tf.Tensor, dy: tf.Tensor) => {
    if (!native) return kernelGradientByOffsets(x, dy, attributes, filterShape);
    const padded = pad === "same" ? x : tf.pad(x, around);
    return tf.engine().runKernel("Conv2DBackpropFilter", { x: padded, dy }, options) as tf.Tensor;
  };
  return perGroup(groups, [IMAGE_CHANNELS, IMAGE_CHANNELS], KERNEL_FEATURES, run);
};

/** For backends without the kernel: for each offset of the kernel, a product of what it saw and the cotangent. */
function kernelGradientByOffsets(
  x: tf.Tensor,
  dy: tf.Tensor,
  { strides, padding }: ConvolutionGeometry,
  [kh, kw, c, o]: readonly number[],
): tf.Tensor {
  const [n, rows, columns] = dy.shape as [number, number, number, number];
  const padded = tf.pad(x, [[0, 0], [...padding[0]], [...padding[1]], [0, 0]]);
  const cotangent = tf.reshape(dy, [n * rows * columns, o!]);
  const parts: tf.Tensor[] = [];
  for (let i = 0; i < kh!; i++) {
    for (let j = 0; j < kw!; j++) {
      const limit = [n, i + (rows - 1) * strides[0] + 1, j + (columns - 1) * strides[1] + 1, c!];
      const seen = tf.stridedSlice(padded, [0, i, j, 0], limit, [1, ...strides, 1]);
      parts.push(tf.matMul(tf.reshape(seen, [n * rows * columns, c!]), cotangent, true, false));
    }
  }
  return tf.reshape(tf.stack(parts), [kh!, kw!, c!, o!]);
}
