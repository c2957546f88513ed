/**
 * @file Layers of convolutional networks, on images [N,H,W,C].
 */
import { allReduce } from "../ops/collective.js";
import { fullLike } from "../ops/constants.js";
import { type ConvolutionGeometry, convolution } from "../ops/convolution.js";
import { add, logistic, maximum, multiply, rsqrt, scale, subtract } from "../ops/elementwise.js";
import { mean, type Reducer, reduceWindow } from "../ops/reduction.js";
import { broadcastInDim, broadcastTrailing, convert, pad, reshape } from "../ops/shape.js";
import type { Tensor, Trace } from "../program/trace.js";
import type { Initializer } from "../program/types.js";
import { addBias, dense, heNormal, normal, ones, spread, zeros } from "./layers.js";
import type { Mode } from "./model.js";

export type Activation = (x: Tensor) => Tensor;

/** How a window is laid around the edges. */
export type Padding =
  /** (k − 1) / 2 on each side, PyTorch's habit. */
  | "symmetric"
  /** As little as gives ⌈n / stride⌉ outputs, the odd one after: TensorFlow's `SAME`. */
  | "same";

function sidePadding(size: number, window: number, stride: number, padding: Padding): [number, number] {
  if (padding === "symmetric") return [Math.floor((window - 1) / 2), Math.floor((window - 1) / 2)];
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export interface ConvOptions {
  /** In both directions; 1. */
  readonly stride?: number;
  /** Of channels that do not see each other; 1, and as many as there are channels for a depthwise one. */
  readonly groups?: number;
  /** Symmetric unless given. */
  readonly padding?: Padding;
  /** Where the kernel starts; He's initialisation unless given. */
  readonly kernel?: Initializer;
  /** What becomes of the kernel before it is used, such as weight standardisation. */
  readonly reparameterize?: (kernel: Tensor) => Tensor;
}

/**
 * Declares a bias-free k×k convolution of `channels` to `features`, parameter `kernel` [k,k,channels/groups,features];
 * what comes back can be applied to several images, which then share the kernel.
 */
export function convolutionLayer(
  trace: Trace,
  channels: number,
  features: number,
  size: number,
  options: ConvOptions = {},
): (x: Tensor) => Tensor {
  const { stride = 1, groups = 1, padding = "symmetric", reparameterize = (kernel) => kernel } = options;
  // Each input goes into features / groups outputs: that is the fan out of a grouped convolution.
  const initializer = options.kernel ?? heNormal((size * size * features) / groups);
  const kernel = reparameterize(
    trace.parameter("kernel", [size, size, channels / groups, features], initializer),
  );
  return (x) => {
    const [, height, width] = x.shape as [number, number, number, number];
    const geometry: ConvolutionGeometry = {
      strides: [stride, stride],
      padding: [sidePadding(height, size, stride, padding), sidePadding(width, size, stride, padding)],
      groups,
    };
    return convolution(x, convert(kernel, x.dtype), geometry);
  };
}

/** A bias-free k×k convolution of `x`. */
export function conv(x: Tensor, features: number, size: number, options: ConvOptions = {}): Tensor {
  return convolutionLayer(x.trace, x.shape[3]!, features, size, options)(x);
}

/** `convolutionLayer` with a bias. */
export function biasedConvolutionLayer(
  trace: Trace,
  channels: number,
  features: number,
  size: number,
  options: ConvOptions = {},
): (x: Tensor) => Tensor {
  const convolve = convolutionLayer(trace, channels, features, size, options);
  const bias = trace.parameter("bias", [features], zeros);
  return (x) => addBias(convolve(x), bias);
}

/** A k×k convolution of `x` with a bias. */
export function biasedConv(x: Tensor, features: number, size: number, options: ConvOptions = {}): Tensor {
  return biasedConvolutionLayer(x.trace, x.shape[3]!, features, size, options)(x);
}

export interface BatchNormOptions {
  /** Where the scale starts. */
  readonly gamma?: Initializer;
  /** Added to the variance; 1e-5. */
  readonly epsilon?: number;
  /** Share of the old moving average that is kept at each step. */
  readonly momentum?: number;
}

/**
 * Batch normalisation over all but the last dimension, written as one multiply and one add of per-channel
 * vectors so that it fuses into the neighbouring convolutions. In training it replaces its moving averages.
 * The defaults are PyTorch's.
 */
export function batchNorm(x: Tensor, mode: Mode, options: BatchNormOptions = {}): Tensor {
  const { gamma: gammaInit = ones, epsilon = 1e-5, momentum = 0.9 } = options;
  const { trace } = x;
  const channels = x.shape.at(-1)!;
  const reduced = x.shape.slice(0, -1).map((_, d) => d);
  const gamma = trace.parameter("scale", [channels], gammaInit);
  const beta = trace.parameter("bias", [channels], zeros);
  const movingMean = trace.input("model-state", "mean", "f32", [channels], zeros);
  const movingVariance = trace.input("model-state", "variance", "f32", [channels], ones);
  const wide = convert(x, "f32");
  let [average, variance] = [movingMean, movingVariance];
  if (mode.training) {
    const { replicas } = trace;
    const overReplicas = (statistic: Tensor) =>
      mode.batchNorm === "cross-replica" ? scale(allReduce(statistic), 1 / replicas) : statistic;
    average = overReplicas(mean(wide, reduced));
    const square = overReplicas(mean(multiply(wide, wide), reduced));
    variance = subtract(square, multiply(average, average));
    const follow = (moving: Tensor, batch: Tensor) =>
      add(scale(moving, momentum), scale(batch, 1 - momentum));
    trace.replaceInput(movingMean, follow(movingMean, average));
    trace.replaceInput(movingVariance, follow(movingVariance, variance));
  }
  // E[x²] − E[x]² can round below zero for a constant channel.
  const positive = maximum(variance, fullLike(variance, 0));
  const factor = multiply(gamma, rsqrt(add(positive, fullLike(variance, epsilon))));
  const offset = subtract(beta, multiply(average, factor));
  return convert(
    add(multiply(wide, broadcastTrailing(factor, wide)), broadcastTrailing(offset, wide)),
    x.dtype,
  );
}

/** A convolution under `name`, and its batch normalisation. */
export function convBatchNorm(
  x: Tensor,
  name: string,
  [features, size]: readonly [features: number, size: number],
  mode: Mode,
  options: ConvOptions & BatchNormOptions = {},
): Tensor {
  const { trace } = x;
  return trace.scoped(name, () => {
    const y = trace.scoped("conv", () => conv(x, features, size, options));
    return trace.scoped("norm", () => batchNorm(y, mode, options));
  });
}

const GROUP_NORM_EPSILON = 1e-5; // arXiv 1803.08494, Figure 3

/** Group normalisation (arXiv 1803.08494): statistics of each image over H, W and the channels of a group. */
export function groupNorm(x: Tensor, groups: number): Tensor {
  const { trace } = x;
  const [n, h, w, channels] = x.shape as [number, number, number, number];
  const gamma = trace.parameter("scale", [channels], ones);
  const beta = trace.parameter("bias", [channels], zeros);
  const grouped = reshape(convert(x, "f32"), [n, h, w, groups, channels / groups]);
  const average = mean(grouped, [1, 2, 4]);
  const variance = subtract(mean(multiply(grouped, grouped), [1, 2, 4]), multiply(average, average));
  const positive = maximum(variance, fullLike(variance, 0));
  const inverse = rsqrt(add(positive, fullLike(variance, GROUP_NORM_EPSILON)));
  const centred = subtract(grouped, spread(average, grouped, [0, 3]));
  const normalized = reshape(multiply(centred, spread(inverse, grouped, [0, 3])), x.shape);
  const scaled = multiply(normalized, broadcastTrailing(gamma, normalized));
  return convert(add(scaled, broadcastTrailing(beta, normalized)), x.dtype);
}

/** Pools windows of `size`² of stride `stride`, padded by `padding` on each side with what never wins. */
export function pool(
  reducer: Reducer,
  x: Tensor,
  size: number,
  stride: number,
  padding: readonly [low: number, high: number] = [0, 0],
): Tensor {
  const none = [0, 0] as const;
  const [low, high] = padding;
  // Padding with zeros before the window keeps XLA's own form of it: its activations are never below zero.
  const around = { low, high, interior: 0 };
  const nothing = { low: 0, high: 0, interior: 0 };
  return reduceWindow(reducer, pad(x, 0, [nothing, around, around, nothing]), {
    size: [1, size, size, 1],
    strides: [1, stride, stride, 1],
    padding: [none, none, none, none],
  });
}

/** The mean of each `size`×`size` window; at the edge of a side that is no multiple of it, zeros count too. */
export function averagePool(x: Tensor, size: number): Tensor {
  const missing = (size - (x.shape[1]! % size)) % size;
  return scale(pool("add", x, size, size, [0, missing]), 1 / (size * size));
}

/** The stem's 3×3 max-pooling of stride 2, padded by one as in PyTorch. */
export function stemPooling(x: Tensor): Tensor {
  return pool("max", x, 3, 2, [1, 1]);
}

/** [N,H,W,C] to [N,C], the mean over the image. */
export function globalAveragePool(x: Tensor): Tensor {
  return mean(x, [1, 2]);
}

/** `globalAveragePool` with the sum in f32, as jnp.mean has it: early images have 12,544 pixels, too many for bf16. */
function preciseAveragePool(x: Tensor): Tensor {
  return convert(globalAveragePool(convert(x, "f32")), x.dtype);
}

/**
 * Squeeze and excitation (arXiv 1709.01507): every channel is scaled by a gate in (0, 1) that a two-layer
 * perceptron computes from the means of all channels.
 */
export function squeezeExcite(x: Tensor, hidden: number, activation: Activation): Tensor {
  const { trace } = x;
  return trace.scoped("squeeze_excite", () => {
    const channels = x.shape[3]!;
    const squeezed = preciseAveragePool(x);
    const reduced = trace.scoped("reduce", () =>
      activation(dense(squeezed, hidden, { kernel: heNormal(hidden) })),
    );
    const gate = trace.scoped("expand", () =>
      logistic(dense(reduced, channels, { kernel: heNormal(channels) })),
    );
    return multiply(x, broadcastInDim(gate, x.shape, [0, 3]));
  });
}

/** Logits f32[N,classes] of the mean over the image. */
export function poolingHead(x: Tensor, classes: number, kernel: Initializer = normal(0.01)): Tensor {
  const { trace } = x;
  const pooled = trace.scoped("pooling", () => globalAveragePool(x));
  return trace.scoped("head", () => convert(dense(pooled, classes, { kernel }), "f32"));
}
