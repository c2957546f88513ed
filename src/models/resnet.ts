/**
 * @file ResNet v1.5 (arXiv 1512.03385, with the stride in the 3×3 convolution as every published TPU run has it).
 */

import { fullLike } from "../ops/constants.js";
import { type ConvolutionGeometry, convolution } from "../ops/convolution.js";
import { add, maximum, multiply, rsqrt, scale, subtract } from "../ops/elementwise.js";
import { mean, reduceWindow } from "../ops/reduction.js";
import { broadcastTrailing, convert, pad } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { block, dense, heNormal, normal, ones, relu, zeros } from "./layers.js";
import type { Classifier, Mode } from "./model.js";
import type { OptionValues } from "./options.js";

/** Bottleneck blocks a stage: arXiv 1512.03385, Table 1. */
export const resnetStages = { 50: [3, 4, 6, 3] } as const satisfies Readonly<
  Record<number, readonly number[]>
>;

const BOTTLENECK_EXPANSION = 4;
const BATCH_NORM_EPSILON = 1e-5;
const BATCH_NORM_MOMENTUM = 0.9;

/** A bias-free k×k convolution with PyTorch's padding (k−1)/2 on each side; parameter `kernel`. */
export function conv(x: Tensor, features: number, size: number, stride = 1): Tensor {
  const side = (size - 1) / 2;
  const geometry: ConvolutionGeometry = {
    strides: [stride, stride],
    padding: [
      [side, side],
      [side, side],
    ],
    groups: 1,
  };
  const kernel = x.trace.parameter(
    "kernel",
    [size, size, x.shape[3]!, features],
    heNormal(size * size * features),
  );
  return convolution(x, convert(kernel, x.dtype), geometry);
}

/**
 * Batch normalisation over all but the last dimension, written as one multiply and one add of per-channel
 * vectors so that it fuses into the neighbouring convolutions. In training it replaces its moving averages.
 */
export function batchNorm(x: Tensor, mode: Mode, gammaInit = ones): Tensor {
  const { trace } = x;
  const channels = x.shape[3]!;
  const gamma = trace.parameter("scale", [channels], gammaInit);
  const beta = trace.parameter("bias", [channels], zeros);
  const movingMean = trace.input("model-state", "mean", "f32", [channels], zeros);
  const movingVariance = trace.input("model-state", "variance", "f32", [channels], ones);
  const wide = convert(x, "f32");
  let [average, variance] = [movingMean, movingVariance];
  if (mode.training) {
    average = mean(wide, [0, 1, 2]);
    variance = subtract(mean(multiply(wide, wide), [0, 1, 2]), multiply(average, average));
    const follow = (moving: Tensor, batch: Tensor) =>
      add(scale(moving, BATCH_NORM_MOMENTUM), scale(batch, 1 - BATCH_NORM_MOMENTUM));
    trace.replaceInput(movingMean, follow(movingMean, average));
    trace.replaceInput(movingVariance, follow(movingVariance, variance));
  }
  // E[x²] − E[x]² can round below zero for a constant channel.
  const positive = maximum(variance, fullLike(variance, 0));
  const factor = multiply(gamma, rsqrt(add(positive, fullLike(variance, BATCH_NORM_EPSILON))));
  const offset = subtract(beta, multiply(average, factor));
  return convert(
    add(multiply(wide, broadcastTrailing(factor, wide)), broadcastTrailing(offset, wide)),
    x.dtype,
  );
}

/** 3×3 max-pooling of stride 2, padded by one as in PyTorch (padding never wins: activations are ≥ 0). */
function stemPooling(x: Tensor): Tensor {
  const padding = [0, 1, 1, 0].map((n) => ({ low: n, high: n, interior: 0 }));
  return reduceWindow("max", pad(x, 0, padding), {
    size: [1, 3, 3, 1],
    strides: [1, 2, 2, 1],
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  });
}

function convBatchNorm(
  x: Tensor,
  name: string,
  [features, size, stride]: readonly [number, number, number],
  mode: Mode,
  gammaInit = ones,
): Tensor {
  const { trace } = x;
  return trace.scoped(name, () => {
    const y = trace.scoped("conv", () => conv(x, features, size, stride));
    return trace.scoped("norm", () => batchNorm(y, mode, gammaInit));
  });
}

/** 1×1 down, 3×3, 1×1 up; the last normalisation starts at zero so that a block starts as the identity. */
export function bottleneck(x: Tensor, features: number, stride: number, mode: Mode): Tensor {
  const expanded = features * BOTTLENECK_EXPANSION;
  const reduced = relu(convBatchNorm(x, "reduce", [features, 1, 1], mode));
  const spatial = relu(convBatchNorm(reduced, "spatial", [features, 3, stride], mode));
  const residual = convBatchNorm(spatial, "expand", [expanded, 1, 1], mode, zeros);
  const projects = stride !== 1 || x.shape[3] !== expanded;
  const shortcut = projects ? convBatchNorm(x, "shortcut", [expanded, 1, stride], mode) : x;
  return relu(add(residual, shortcut));
}

export function resnetClassifier(name: string, options: OptionValues<"resnet">): Classifier {
  const { width, classes } = options;
  return {
    kind: "classifier",
    name,
    options,
    image: options.image,
    channels: options.channels,
    imageDtype: "bf16",
    optimizer: "sgd",
    classes,
    logits: (images, mode) => {
      const { trace } = images;
      const stem = relu(convBatchNorm(convert(images, mode.activations), "stem", [width, 7, 2], mode));
      let x = trace.scoped("stem", () => stemPooling(stem));
      resnetStages[options.depth].forEach((blocks, stage) => {
        for (let index = 0; index < blocks; index++) {
          const stride = stage > 0 && index === 0 ? 2 : 1;
          x = trace.scoped(`stage${stage + 1}/block${index}`, () =>
            block(trace, mode, () => bottleneck(x, width * 2 ** stage, stride, mode)),
          );
        }
      });
      const pooled = trace.scoped("pooling", () => mean(x, [1, 2]));
      return trace.scoped("head", () => convert(dense(pooled, classes, { kernel: normal(0.01) }), "f32"));
    },
  };
}
