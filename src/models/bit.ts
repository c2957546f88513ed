/**
 * @file BiT (arXiv 1912.11370): a pre-activation ResNet with group normalisation and weight standardisation, so
 * that nothing depends on the other examples of the batch.
 */
import { fullLike } from "../ops/constants.js";
import { add, maximum, multiply, rsqrt, subtract } from "../ops/elementwise.js";
import { mean } from "../ops/reduction.js";
import { broadcastTrailing, convert } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { conv, groupNorm, poolingHead, stemPooling } from "./convolutional.js";
import { type ZooEntry, zooEntry } from "./entry.js";
import { relu, zeros } from "./layers.js";
import type { Classifier, Mode } from "./model.js";
import type { OptionValues } from "./options.js";
import {
  type BlockPlace,
  BOTTLENECK_EXPANSION,
  type ResnetDepth,
  residualDefaults,
  residualStages,
  resnetStages,
} from "./resnet.js";

const NORM_GROUPS = 32; // arXiv 1803.08494; BiT keeps it
const STANDARDIZATION_EPSILON = 1e-10; // google-research/big_transfer, resnetv2.py

/** A kernel [k,k,in,out] with the mean and variance of each output's weights taken out (arXiv 1903.10520). */
function standardize(kernel: Tensor): Tensor {
  const average = mean(kernel, [0, 1, 2]);
  const variance = subtract(mean(multiply(kernel, kernel), [0, 1, 2]), multiply(average, average));
  const positive = maximum(variance, fullLike(variance, 0));
  const inverse = rsqrt(add(positive, fullLike(variance, STANDARDIZATION_EPSILON)));
  return multiply(subtract(kernel, broadcastTrailing(average, kernel)), broadcastTrailing(inverse, kernel));
}

/** Widths other than the published one may not divide into 32 groups; then there are as many as do. */
function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function standardizedConv(x: Tensor, name: string, features: number, size: number, stride = 1): Tensor {
  return x.trace.scoped(name, () => conv(x, features, size, { stride, reparameterize: standardize }));
}

function normThenRelu(x: Tensor, name: string): Tensor {
  const groups = greatestCommonDivisor(NORM_GROUPS, x.shape[3]!);
  return relu(x.trace.scoped(name, () => groupNorm(x, groups)));
}

/** Normalise, rectify, convolve, three times; the shortcut starts after the first rectifier. */
function preActivationBottleneck(x: Tensor, { features, stride }: BlockPlace): Tensor {
  const expanded = features * BOTTLENECK_EXPANSION;
  const activated = normThenRelu(x, "norm1");
  const projects = stride !== 1 || x.shape[3] !== expanded;
  const shortcut = projects ? standardizedConv(activated, "shortcut", expanded, 1, stride) : x;
  const reduced = normThenRelu(standardizedConv(activated, "reduce", features, 1), "norm2");
  const spatial = normThenRelu(standardizedConv(reduced, "spatial", features, 3, stride), "norm3");
  return add(standardizedConv(spatial, "expand", expanded, 1), shortcut);
}

function bitClassifier(name: string, options: OptionValues<"bit">): Classifier {
  const { width, classes, image, channels, depth } = options;
  return {
    kind: "classifier",
    name,
    options,
    image,
    channels,
    imageDtype: "bf16",
    optimizer: "sgd",
    classes,
    logits: (images, mode: Mode) => {
      const { trace } = images;
      const root = standardizedConv(convert(images, mode.activations), "stem", width, 7, 2);
      const stem = trace.scoped("stem", () => stemPooling(root));
      const stages = residualStages(stem, {
        blocks: resnetStages[depth],
        width,
        block: preActivationBottleneck,
      });
      return poolingHead(normThenRelu(stages.at(-1)!, "norm"), classes, zeros);
    },
  };
}

export function bitEntry(depth: ResnetDepth): ZooEntry {
  return zooEntry({
    family: "bit",
    description: "BiT: residual network with group normalisation and weight standardisation",
    paper: "arXiv 1912.11370",
    defaults: { ...residualDefaults, depth },
    build: bitClassifier,
  });
}
