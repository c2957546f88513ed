/**
 * @file EfficientNet (arXiv 1905.11946): inverted bottlenecks with depthwise convolutions and squeeze and
 * excitation, scaled in width, depth and image size together; stochastic depth (arXiv 1603.09382) in training.
 */
import { fullLike } from "../ops/constants.js";
import { add, compare, multiply, scale } from "../ops/elementwise.js";
import { broadcastInDim, convert } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import type { Initializer } from "../program/types.js";
import {
  type BatchNormOptions,
  type ConvOptions,
  convBatchNorm,
  poolingHead,
  squeezeExcite,
} from "./convolutional.js";
import { type ZooEntry, zooEntry } from "./entry.js";
import { swish, uniformNoise } from "./layers.js";
import type { Classifier, Mode } from "./model.js";
import type { OptionValues } from "./options.js";

/** Multipliers of width and depth, and the image's side: arXiv 1905.11946 and its code, efficientnet_builder.py. */
export const efficientnetScales = {
  b0: { widthPercent: 100, depthPercent: 100, image: 224 },
  b1: { widthPercent: 100, depthPercent: 110, image: 240 },
  b2: { widthPercent: 110, depthPercent: 120, image: 260 },
  b3: { widthPercent: 120, depthPercent: 140, image: 300 },
  b4: { widthPercent: 140, depthPercent: 180, image: 380 },
  b5: { widthPercent: 160, depthPercent: 220, image: 456 },
  b6: { widthPercent: 180, depthPercent: 260, image: 528 },
  b7: { widthPercent: 200, depthPercent: 310, image: 600 },
} as const;

interface StageShape {
  readonly repeats: number;
  readonly size: number;
  readonly stride: number;
  /** Channels inside a block for each channel that comes in. */
  readonly expansion: number;
  readonly features: number;
}

/** EfficientNet-B0: arXiv 1905.11946, Table 1. */
const baseline: readonly StageShape[] = [
  { repeats: 1, size: 3, stride: 1, expansion: 1, features: 16 },
  { repeats: 2, size: 3, stride: 2, expansion: 6, features: 24 },
  { repeats: 2, size: 5, stride: 2, expansion: 6, features: 40 },
  { repeats: 3, size: 3, stride: 2, expansion: 6, features: 80 },
  { repeats: 3, size: 5, stride: 1, expansion: 6, features: 112 },
  { repeats: 4, size: 5, stride: 2, expansion: 6, features: 192 },
  { repeats: 1, size: 3, stride: 1, expansion: 6, features: 320 },
];
const STEM_FEATURES = 32;
const HEAD_FEATURES = 1280;

/** Channels come in multiples of eight, and rounding never takes more than a tenth of them. */
const CHANNEL_MULTIPLE = 8;
const LEAST_KEPT = 0.9;

/** `features` scaled by the width multiplier and rounded as the authors' code does. */
function scaledFeatures(features: number, widthPercent: number): number {
  const wanted = (features * widthPercent) / 100;
  const nearest = Math.floor((wanted + CHANNEL_MULTIPLE / 2) / CHANNEL_MULTIPLE) * CHANNEL_MULTIPLE;
  const rounded = Math.max(CHANNEL_MULTIPLE, nearest);
  return rounded < LEAST_KEPT * wanted ? rounded + CHANNEL_MULTIPLE : rounded;
}

const SQUEEZE_RATIO = 4;
/** Share of blocks that the last one is dropped with; it grows linearly from zero (arXiv 1905.11946, section 5.2). */
const LAST_DROP_RATE = 0.2;

/** TensorFlow's padding and the batch-norm constants of the authors' code (efficientnet_builder.py). */
const style: ConvOptions & BatchNormOptions = { padding: "same", epsilon: 1e-3, momentum: 0.99 };

/** The authors' initialisation of a classifier: uniform of ±1/√features out. */
const headKernel = (classes: number): Initializer => ({ kind: "uniform", limit: 1 / Math.sqrt(classes) });

/**
 * Stochastic depth: drops the residual of each example with probability `rate` and scales up the others, so that
 * the expectation stays. The noise is an input of the program, drawn anew by the training loop for every step.
 */
function dropResidual(residual: Tensor, rate: number, mode: Mode): Tensor {
  if (!mode.training || rate === 0) return residual;
  const { trace } = residual;
  return trace.scoped("stochastic_depth", () => {
    const noise = uniformNoise(trace, "noise", [residual.shape[0]!]);
    const kept = convert(compare("GE", noise, fullLike(noise, rate)), residual.dtype);
    return multiply(residual, broadcastInDim(scale(kept, 1 / (1 - rate)), residual.shape, [0]));
  });
}

/** MBConv: 1×1 up, depthwise, squeeze and excitation on a quarter of the channels that came in, 1×1 down. */
function invertedBottleneck(
  x: Tensor,
  { size, stride, expansion, features }: Omit<StageShape, "repeats">,
  dropRate: number,
  mode: Mode,
): Tensor {
  const incoming = x.shape[3]!;
  const inner = incoming * expansion;
  const expanded = expansion === 1 ? x : swish(convBatchNorm(x, "expand", [inner, 1], mode, style));
  const depthwise = swish(
    convBatchNorm(expanded, "depthwise", [inner, size], mode, { ...style, stride, groups: inner }),
  );
  const gated = squeezeExcite(depthwise, Math.max(1, Math.floor(incoming / SQUEEZE_RATIO)), swish);
  const projected = convBatchNorm(gated, "project", [features, 1], mode, style);
  const isResidual = stride === 1 && incoming === features;
  return isResidual ? add(x, dropResidual(projected, dropRate, mode)) : projected;
}

/** The blocks of all stages in order, scaled. */
function scaledBlocks(widthPercent: number, depthPercent: number): readonly Omit<StageShape, "repeats">[] {
  return baseline.flatMap(({ repeats, stride, features, ...shape }) =>
    Array.from({ length: Math.ceil((repeats * depthPercent) / 100) }, (_, index) => ({
      ...shape,
      stride: index === 0 ? stride : 1,
      features: scaledFeatures(features, widthPercent),
    })),
  );
}

function efficientnetClassifier(name: string, options: OptionValues<"efficientnet">): Classifier {
  const { widthPercent, depthPercent, classes, image, channels } = options;
  const blocks = scaledBlocks(widthPercent, depthPercent);
  return {
    kind: "classifier",
    name,
    options,
    image,
    channels,
    imageDtype: "bf16",
    optimizer: "rmsprop",
    classes,
    logits: (images, mode) => {
      const { trace } = images;
      const stemFeatures = scaledFeatures(STEM_FEATURES, widthPercent);
      const pixels = convert(images, mode.activations);
      let x = swish(convBatchNorm(pixels, "stem", [stemFeatures, 3], mode, { ...style, stride: 2 }));
      blocks.forEach((shape, index) => {
        const dropRate = (LAST_DROP_RATE * index) / blocks.length;
        x = trace.scoped(`block${index}`, () => invertedBottleneck(x, shape, dropRate, mode));
      });
      const headFeatures = scaledFeatures(HEAD_FEATURES, widthPercent);
      const top = swish(convBatchNorm(x, "top", [headFeatures, 1], mode, style));
      return poolingHead(top, classes, headKernel(classes));
    },
  };
}

/** @param scales `efficientnetScales.b0` and so on */
export function efficientnetEntry(
  scales: (typeof efficientnetScales)[keyof typeof efficientnetScales],
): ZooEntry {
  return zooEntry({
    family: "efficientnet",
    description: "EfficientNet: inverted bottlenecks, scaled in width, depth and resolution together",
    paper: "arXiv 1905.11946",
    defaults: { channels: 3, classes: 1000, ...scales },
    build: efficientnetClassifier,
  });
}
