/**
 * @file ResNet v1.5 (arXiv 1512.03385, with the stride in the 3×3 convolution as every published TPU run has it)
 * and the form that its descendants share: a stem, four stages of blocks, a pooled classifier. With squeeze and
 * excitation in every block it is SE-ResNet (arXiv 1709.01507).
 */
import { add } from "../ops/elementwise.js";
import { convert } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import {
  type Activation,
  batchNorm,
  conv,
  convBatchNorm,
  poolingHead,
  squeezeExcite,
  stemPooling,
} from "./convolutional.js";
import { type ZooEntry, zooEntry } from "./entry.js";
import { relu, zeros } from "./layers.js";
import type { Classifier, Mode } from "./model.js";
import type { OptionValues } from "./options.js";

/**
 * Bottleneck blocks a stage, by the number of layers: arXiv 1512.03385, Table 1; 59, 77, 110 and 128 are
 * BoTNet's (arXiv 2101.11605, Table 8), 200 is ResNeSt's (arXiv 2004.08955).
 */
export const resnetStages = {
  50: [3, 4, 6, 3],
  59: [3, 4, 6, 6],
  77: [3, 4, 6, 12],
  101: [3, 4, 23, 3],
  110: [3, 4, 23, 6],
  128: [3, 4, 23, 12],
  152: [3, 8, 36, 3],
  200: [3, 24, 36, 3],
} as const satisfies Readonly<Record<number, readonly number[]>>;

export type ResnetDepth = keyof typeof resnetStages;

export const BOTTLENECK_EXPANSION = 4;

/** Where a block stands: what it is built from besides its input. */
export interface BlockPlace {
  /** 0 to 3: c2 to c5. */
  readonly stage: number;
  readonly index: number;
  /** Channels inside the block; it puts out four times as many. */
  readonly features: number;
  readonly stride: number;
}

export interface Stages {
  /** Blocks of each stage. */
  readonly blocks: readonly number[];
  /** Features of the first stage; each further stage doubles them. */
  readonly width: number;
  /** Stride of the last stage; the first has 1, the others 2. */
  readonly lastStride?: 1 | 2;
  readonly block: (x: Tensor, place: BlockPlace) => Tensor;
}

/** Runs the four stages; returns what each puts out: c2, c3, c4, c5. */
export function residualStages(stem: Tensor, stages: Stages): readonly Tensor[] {
  const { trace } = stem;
  const { blocks, width, lastStride = 2 } = stages;
  let x = stem;
  return blocks.map((count, stage) => {
    const first = stage === 0 ? 1 : stage === blocks.length - 1 ? lastStride : 2;
    for (let index = 0; index < count; index++) {
      const place = { stage, index, features: width * 2 ** stage, stride: index === 0 ? first : 1 };
      x = trace.scoped(`stage${stage + 1}/block${index}`, () => stages.block(x, place));
    }
    return x;
  });
}

export interface BottleneckOptions {
  readonly activation: Activation;
  /** The layer in the middle, a 3×3 convolution unless given; its normalisation comes after it. */
  readonly spatial?: (x: Tensor, features: number, stride: number) => Tensor;
  /** Channels of the squeeze and excitation; none without it. */
  readonly squeezeExcite?: number;
}

/** 1×1 down, 3×3, 1×1 up; the last normalisation starts at zero so that a block starts as the identity. */
export function bottleneck(
  x: Tensor,
  { features, stride }: Pick<BlockPlace, "features" | "stride">,
  { activation, spatial = threeByThree, squeezeExcite: squeezed }: BottleneckOptions,
  mode: Mode,
): Tensor {
  const { trace } = x;
  const expanded = features * BOTTLENECK_EXPANSION;
  const reduced = activation(convBatchNorm(x, "reduce", [features, 1], mode));
  const middle = trace.scoped("spatial", () => {
    const y = spatial(reduced, features, stride);
    return activation(trace.scoped("norm", () => batchNorm(y, mode)));
  });
  const raised = convBatchNorm(middle, "expand", [expanded, 1], mode, { gamma: zeros });
  const residual = squeezed === undefined ? raised : squeezeExcite(raised, squeezed, relu);
  const projects = stride !== 1 || x.shape[3] !== expanded;
  const shortcut = projects ? convBatchNorm(x, "shortcut", [expanded, 1], mode, { stride }) : x;
  return activation(add(residual, shortcut));
}

function threeByThree(x: Tensor, features: number, stride: number): Tensor {
  return x.trace.scoped("conv", () => conv(x, features, 3, { stride }));
}

/** 7×7 of stride 2 and max-pooling: images to a quarter of their side. */
export function resnetStem(images: Tensor, width: number, activation: Activation, mode: Mode): Tensor {
  const { trace } = images;
  const stem = activation(
    convBatchNorm(convert(images, mode.activations), "stem", [width, 7], mode, { stride: 2 }),
  );
  return trace.scoped("stem", () => stemPooling(stem));
}

/** Channels of a squeeze and excitation in a block of `features`: a share of what the block puts out. */
export function squeezedChannels(features: number, ratio: number): { readonly squeezeExcite?: number } {
  return ratio === 0
    ? {}
    : { squeezeExcite: Math.max(1, Math.floor((features * BOTTLENECK_EXPANSION) / ratio)) };
}

function resnetClassifier(name: string, options: OptionValues<"resnet">): Classifier {
  const { width, classes, image, channels } = options;
  return {
    kind: "classifier",
    name,
    options,
    image,
    channels,
    imageDtype: "bf16",
    optimizer: "sgd",
    classes,
    logits: (images, mode) => {
      const stem = resnetStem(images, width, relu, mode);
      const stages = residualStages(stem, {
        blocks: resnetStages[options.depth],
        width,
        block: (x, place) => {
          const squeezed = squeezedChannels(place.features, options.squeezeExcite);
          return bottleneck(x, place, { activation: relu, ...squeezed }, mode);
        },
      });
      return poolingHead(stages.at(-1)!, classes);
    },
  };
}

/** Options that all residual networks share. */
export const residualDefaults = { image: 224, channels: 3, width: 64, classes: 1000 } as const;

/** @param squeezeExcite what the channels of a block are divided by; 0 for a plain ResNet */
export function resnetEntry(depth: ResnetDepth, squeezeExcite = 0): ZooEntry {
  return zooEntry({
    family: "resnet",
    description:
      squeezeExcite === 0
        ? "ResNet v1.5: residual network"
        : "SE-ResNet: residual network with squeeze and excitation",
    paper: squeezeExcite === 0 ? "arXiv 1512.03385" : "arXiv 1709.01507",
    defaults: { ...residualDefaults, depth, squeezeExcite },
    build: resnetClassifier,
  });
}
