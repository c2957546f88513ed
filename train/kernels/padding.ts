/** @file What tfjs's convolution kernels can do: which there are, and what padding they take. */
import * as tf from "@tensorflow/tfjs-core";
import type { ConvolutionGeometry } from "../../src/ops/convolution.js";

export type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

/** Whether the active backend has a kernel of this name. */
export const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Padding that the gradient and depthwise kernels can take: TensorFlow's refuse explicit amounts. */
export interface GradientPadding {
  readonly pad: "valid" | "same";
  /** Amounts to pad the input with beforehand. */
  readonly around: ExplicitPadding;
}

/** How to pad an image for a kernel that knows only `valid` and `same`. */
export function gradientPadding(
  { strides, padding }: ConvolutionGeometry,
  kernel: readonly number[],
): GradientPadding {
  const same = padding.every(
    ([low, high], axis) => strides[axis] === 1 && low === high && low + high === kernel[axis]! - 1,
  );
  if (same)
    return {
      pad: "same",
      around: [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    };
  return { pad: "valid", around: [[0, 0], [...padding[0]], [...padding[1]], [0, 0]] };
}
