/**
 * @file ResNeSt (arXiv 2004.08955): a ResNet whose 3×3 convolutions compute several branches and weigh them
 * against each other channel by channel (split attention), with average pooling wherever it halves the image.
 * As in the authors' own code: radix 2, one cardinal group, a deep stem.
 */
import { add, multiply, scale } from "../ops/elementwise.js";
import { reduce } from "../ops/reduction.js";
import { broadcastInDim, convert, reshape, transpose } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import {
  averagePool,
  batchNorm,
  convBatchNorm,
  globalAveragePool,
  pool,
  poolingHead,
  stemPooling,
} from "./convolutional.js";
import { type ZooEntry, zooEntry } from "./entry.js";
import { dense, heNormal, relu, softmax, zeros } from "./layers.js";
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

const RADIX = 2;
/** Hidden channels of the attention: a quarter of the branches' channels together, and at least 32. */
const ATTENTION_REDUCTION = 4;
const FEWEST_ATTENTION_CHANNELS = 32;

/**
 * Split attention: a 3×3 convolution makes RADIX branches of `features` channels, each from its share of the
 * input's; a softmax over the branches, from the mean of their sum, weighs them.
 */
function splitAttention(x: Tensor, features: number, mode: Mode): Tensor {
  const { trace } = x;
  const made = convBatchNorm(x, "branches", [features * RADIX, 3], mode, { groups: RADIX });
  const [n, h, w] = made.shape as [number, number, number];
  const branches = reshape(relu(made), [n, h, w, RADIX, features]);
  const hidden = Math.max(Math.floor((x.shape[3]! * RADIX) / ATTENTION_REDUCTION), FEWEST_ATTENTION_CHANNELS);
  const context = trace.scoped("context", () => globalAveragePool(reduce("add", branches, [3])));
  const squeezed = trace.scoped("reduce", () => {
    const y = dense(context, hidden, { kernel: heNormal(hidden) });
    return relu(trace.scoped("norm", () => batchNorm(y, mode)));
  });
  const scores = trace.scoped("expand", () =>
    dense(squeezed, features * RADIX, { kernel: heNormal(features * RADIX) }),
  );
  const weights = softmaxOverBranches(reshape(scores, [n, RADIX, features]));
  return reduce("add", multiply(branches, broadcastInDim(weights, branches.shape, [0, 3, 4])), [3]);
}

/** Softmax of [N,RADIX,C] over the branches. */
function softmaxOverBranches(scores: Tensor): Tensor {
  return transpose(softmax(transpose(scores, [0, 2, 1])), [0, 2, 1]);
}

/** The mean of 3×3 windows, zeros around the image counted. */
function smooth(x: Tensor, stride: number): Tensor {
  return scale(pool("add", x, 3, stride, [1, 1]), 1 / 9);
}

function resnestBottleneck(x: Tensor, { stage, index, features, stride }: BlockPlace, mode: Mode): Tensor {
  const { trace } = x;
  const expanded = features * BOTTLENECK_EXPANSION;
  const reduced = relu(convBatchNorm(x, "reduce", [features, 1], mode));
  const attended = trace.scoped("split_attention", () => splitAttention(reduced, features, mode));
  // The first block of every stage but the first smooths, whether it halves the image or not.
  const pools = index === 0 && stage > 0;
  const pooled = pools ? trace.scoped("pooling", () => smooth(attended, stride)) : attended;
  const residual = convBatchNorm(pooled, "expand", [expanded, 1], mode, { gamma: zeros });
  if (stride === 1 && x.shape[3] === expanded) return relu(add(residual, x));
  const halved = stride === 1 ? x : trace.scoped("shortcut", () => averagePool(x, stride));
  return relu(add(residual, convBatchNorm(halved, "shortcut", [expanded, 1], mode)));
}

/** Three 3×3 convolutions in place of one 7×7. */
function deepStem(images: Tensor, width: number, mode: Mode): Tensor {
  const step = (x: Tensor, index: number, features: number, stride: number) =>
    relu(convBatchNorm(x, `stem${index}`, [features, 3], mode, { stride }));
  const halved = step(images, 1, width, 2);
  const stem = step(step(halved, 2, width, 1), 3, 2 * width, 1);
  return images.trace.scoped("stem", () => stemPooling(stem));
}

function resnestClassifier(name: string, options: OptionValues<"resnest">): Classifier {
  const { width, stemWidth, classes, image, channels, depth } = options;
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
      const stem = deepStem(convert(images, mode.activations), stemWidth, mode);
      const stages = residualStages(stem, {
        blocks: resnetStages[depth],
        width,
        block: (x, place) => resnestBottleneck(x, place, mode),
      });
      return poolingHead(stages.at(-1)!, classes);
    },
  };
}

export function resnestEntry(depth: ResnetDepth, stemWidth: number, image: number): ZooEntry {
  return zooEntry({
    family: "resnest",
    description: "ResNeSt: residual network with split attention",
    paper: "arXiv 2004.08955",
    defaults: { ...residualDefaults, image, depth, stemWidth },
    build: resnestClassifier,
  });
}
