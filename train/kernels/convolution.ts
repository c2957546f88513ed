/** @file Kernels of `src/ops/convolution.ts`. */
import * as tf from "@tensorflow/tfjs-core";
import type { ConvolutionGeometry } from "../../src/ops/convolution.js";
import type { Kernel } from "./kernel.js";

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

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

/** Channels are the last dimension of images; features the last of kernels, which hold one group's channels. */
const IMAGE_CHANNELS = 3;
const KERNEL_FEATURES = 3;

export const convolutionKernel: Kernel<"convolution"> = ({ attributes }) => {
  const { strides, pad } = hostGeometry(attributes);
  return perGroup(attributes.groups, [IMAGE_CHANNELS, KERNEL_FEATURES], IMAGE_CHANNELS, (input, kernel) =>
    tf.conv2d(input as tf.Tensor4D, kernel as tf.Tensor4D, strides, pad as "valid"),
  );
};

export const convolutionInputGradientKernel: Kernel<"convolutionInputGradient"> = ({ attributes }) => {
  const { strides, pad } = hostGeometry(attributes);
  const [n, h, w, c] = attributes.inputShape as [number, number, number, number];
  const inputShape = [n, h, w, c / attributes.groups];
  const options = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined, inputShape };
  return perGroup(
    attributes.groups,
    [IMAGE_CHANNELS, KERNEL_FEATURES],
    IMAGE_CHANNELS,
    (dy, filter) =>
      tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, options as never) as tf.Tensor,
  );
};

export const convolutionKernelGradientKernel: Kernel<"convolutionKernelGradient"> = ({ attributes }) => {
  const { strides, pad } = hostGeometry(attributes);
  const [kh, kw, c, o] = attributes.kernelShape as [number, number, number, number];
  const filterShape = [kh, kw, c, o / attributes.groups];
  const options = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined, filterShape };
  const native = tf.getKernel("Conv2DBackpropFilter", tf.getBackend());
  return perGroup(
    attributes.groups,
    [IMAGE_CHANNELS, IMAGE_CHANNELS],
    KERNEL_FEATURES,
    native
      ? (x, dy) => tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, options as never) as tf.Tensor
      : (x, dy) => kernelGradientByOffsets(x, dy, attributes, filterShape),
  );
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
