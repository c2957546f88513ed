/**
 * @file The papers' training runs: what was trained, on what, for how long, and what came out; as data, with sources.
 *
 * What a source does not say and a prediction needs is in `assumed`, in words.
 */
import type { ModelOptions } from "../models/options.js";
import type { Plan } from "../transforms/plan.js";
import { nearestName } from "../units/nearestName.js";
import { SECONDS_PER_HOUR } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { type PublishedResult, publishedResults } from "./results.js";
import {
  botnetTraining,
  plainVitTraining,
  residualTraining,
  siglipTraining,
  type Training,
} from "./training.js";

/** What was published of a run's time. */
interface PublishedTime {
  readonly what: "a step" | "the run";
  readonly seconds: number;
  /** The source says "at most", or rounds up to days. */
  readonly isUpperBound?: boolean;
  /** What the figure has in it, and how it was come by. */
  readonly measured: string;
}

export interface Evaluation {
  /** Steps from one evaluation to the next. */
  readonly everySteps: number;
  /** Examples that go through the forward pass each time. */
  readonly examples: number;
}

export interface Recipe {
  readonly name: string;
  readonly summary: string;
  readonly model: string;
  readonly modelOptions: ModelOptions;
  readonly hardware: string;
  readonly plan: Partial<Omit<Plan, "globalBatch">>;
  readonly globalBatch: number;
  readonly steps: number;
  /** What `willfit train --recipe` does; without it the recipe can only be predicted. */
  readonly training?: Training;
  readonly evaluation?: Evaluation;
  readonly result?: string;
  readonly time?: PublishedTime;
  readonly assumed?: string;
  readonly source: string;
}

/** Images of ImageNet-1k's training set. */
const IMAGENET = 1_281_167;
const DAY = 24 * SECONDS_PER_HOUR;

const stepsOf = (epochs: number, examples: number, globalBatch: number) =>
  Math.round((epochs * examples) / globalBatch);

/** big_vision trains on 99 % of ImageNet and keeps the rest to choose by. */
const MOST_OF_IMAGENET = 0.99 * IMAGENET;

function plainVit(epochs: number, result: string, time?: PublishedTime): Recipe {
  return {
    name: `vit-s16-${epochs}ep`,
    summary: `ViT-S/16 from scratch on ImageNet, ${epochs} epochs`,
    model: "vit-s16",
    modelOptions: { head: "hidden" },
    hardware: "tpu-v3-8",
    plan: { optimizer: "adamw", momentumDtype: "bf16", activations: "f32" },
    globalBatch: 1024,
    steps: stepsOf(epochs, MOST_OF_IMAGENET, 1024),
    training: { epochs, ...plainVitTraining },
    // 2 % of the training images, 1 % kept aside, validation, v2 and ReaL.
    evaluation: { everySteps: 2500, examples: 25_623 + 12_812 + 50_000 + 10_000 + 50_000 },
    result,
    ...(time && { time }),
    source: "arXiv 2205.01580, section 3; big_vision configs/vit_s16_i1k.py",
  };
}

/** Step times of arXiv 2102.06171, Table 3: 32 images on each of 32 v3 cores. */
function on32Cores(
  model: string,
  milliseconds: number,
  [epochs, plan]: readonly [epochs: number, plan: Recipe["plan"]],
  published?: PublishedResult,
): Recipe {
  const globalBatch = 1024;
  return {
    name: `${model}-b32`,
    summary: `${model}, 32 images on each of 32 v3 cores`,
    model,
    modelOptions: {},
    hardware: "tpu-v3-8",
    plan: { devices: 32, momentumDtype: "f32", activations: "bf16", ...plan },
    globalBatch,
    steps: stepsOf(epochs, IMAGENET, globalBatch),
    ...(plan.optimizer === "sgd" && {
      training: residualTraining({ epochs, globalBatch, stepsPerEpoch: IMAGENET / globalBatch }),
    }),
    time: {
      what: "a step",
      seconds: milliseconds / 1000,
      measured: "wall clock, gradients summed over the cores, data on the device, median of 5,000 steps",
    },
    ...(published && { result: published.result }),
    source: "arXiv 2102.06171, Table 3 and appendix A.2",
  };
}

const crossReplica = { optimizer: "rmsprop", batchNorm: "cross-replica" } as const;
const EFFICIENTNET_EPOCHS = 350; // the authors' TPU code, and arXiv 1905.11946's settings

/** "Compute time" of the BoTNet paper: 32 images on one v3 core. */
function onOneCore(
  model: string,
  milliseconds: number,
  result: string,
  changes: Partial<Training> = {},
): Recipe {
  const [globalBatch, epochs] = [32, 350];
  return {
    name: `${model}-b32`,
    summary: `${model}, 32 images on one v3 core`,
    model,
    modelOptions: {},
    hardware: "tpu-v3-8",
    plan: { devices: 1, optimizer: "sgd", activations: "f32" },
    globalBatch,
    steps: stepsOf(epochs, IMAGENET, globalBatch),
    training: residualTraining({ epochs, globalBatch, stepsPerEpoch: IMAGENET / globalBatch }, changes),
    result,
    time: {
      what: "a step",
      seconds: milliseconds / 1000,
      measured: "forward and backward, no communication between devices",
    },
    assumed:
      "f32 activations and 350 epochs; the compiler's own estimate of SE-ResNet-50 is 50.5 ms in bf16 and 64.8 ms in f32",
    source: "arXiv 2102.06171, Table 3, from arXiv 2101.11605",
  };
}

export const recipes: readonly Recipe[] = [
  plainVit(90, "76.5 % top-1", {
    what: "the run",
    seconds: 6.5 * SECONDS_PER_HOUR,
    measured: "wall clock, with compilation, checkpoints and five evaluators",
  }),
  plainVit(150, "78.5 % top-1"),
  plainVit(300, "80.0 % top-1", {
    what: "the run",
    seconds: DAY,
    isUpperBound: true,
    measured: "“less than one day”",
  }),
  {
    name: "resnet50-v3-8-mlperf",
    summary: "ResNet-50 on a v3-8, MLPerf Training v0.5",
    model: "resnet50",
    modelOptions: {},
    hardware: "tpu-v3-8",
    plan: { optimizer: "sgd" },
    globalBatch: 1024,
    steps: stepsOf(90, IMAGENET, 1024),
    time: {
      what: "a step",
      seconds: 0.1372,
      measured: "training seconds of an epoch by its 1,251 steps, input pipeline included",
    },
    assumed: "90 epochs; the submission stopped at 74.9 % top-1",
    source: "MLPerf Training v0.5, Google, tpu-v3-8",
  },
  on32Cores("resnet50", 41.6, [90, { optimizer: "sgd" }]),
  on32Cores(
    "efficientnet-b0",
    51.1,
    [EFFICIENTNET_EPOCHS, crossReplica],
    publishedResults["efficientnet-b0"],
  ),
  on32Cores(
    "efficientnet-b3",
    129.5,
    [EFFICIENTNET_EPOCHS, crossReplica],
    publishedResults["efficientnet-b3"],
  ),
  on32Cores(
    "efficientnet-b5",
    450.5,
    [EFFICIENTNET_EPOCHS, crossReplica],
    publishedResults["efficientnet-b5"],
  ),
  on32Cores(
    "efficientnet-b7",
    1397,
    [EFFICIENTNET_EPOCHS, crossReplica],
    publishedResults["efficientnet-b7"],
  ),
  onOneCore("se-resnet50", 64.3, "79.4 % top-1"),
  onOneCore("botnet-t4", 181.3, "82.8 % top-1", botnetTraining),
  onOneCore("botnet-t7", 804.5, "84.7 % top-1", botnetTraining),
  {
    name: "siglit-b8-lstar",
    summary: "SigLiT B/8: the text tower alone, image embeddings precomputed, one day on four v4 chips",
    model: "lit-b8",
    modelOptions: {},
    hardware: "tpu-v4x4",
    plan: { optimizer: "lion", momentumDtype: "bf16", loss: "sigmoid" },
    globalBatch: 32_768,
    steps: 65_000,
    result: "79.7 % zero-shot",
    time: { what: "the run", seconds: DAY, isUpperBound: true, measured: "“just under one day”" },
    source: "arXiv 2303.15343, section 4.4 and Table 1",
  },
  {
    name: "siglit-g14-l",
    summary: "SigLiT g/14: the text tower alone, image embeddings precomputed, two days on four v4 chips",
    model: "lit-g14",
    modelOptions: {},
    hardware: "tpu-v4x4",
    plan: { optimizer: "lion", momentumDtype: "bf16", loss: "sigmoid" },
    globalBatch: 20_480,
    steps: 107_000,
    result: "84.5 % zero-shot",
    time: { what: "the run", seconds: 2 * DAY, isUpperBound: true, measured: "two days, rounded" },
    source: "arXiv 2303.15343, section 4.4 and Table 1",
  },
  {
    name: "siglip-b16-16chips",
    summary: "SigLIP B/16 at 16k, three days on 16 v4 chips",
    model: "siglip-b16",
    modelOptions: {},
    hardware: "tpu-v4x4",
    plan: { devices: 16, optimizer: "adafactor", momentumDtype: "bf16", loss: "sigmoid", remat: "block" },
    globalBatch: 16_384,
    steps: stepsOf(1, 2.4e9, 16_384),
    training: siglipTraining,
    result: "71.0 % zero-shot",
    time: { what: "the run", seconds: 3 * DAY, measured: "wall clock; days are rounded" },
    assumed: "block rematerialisation: without it the compiler refuses 1,024 pairs a chip",
    source: "arXiv 2303.15343, Table 1 and section 4.5",
  },
  {
    name: "mask-rcnn-r101-v3-8",
    summary: "Mask R-CNN with ResNet-101 on a v3-8",
    model: "mask-rcnn-r101",
    modelOptions: {},
    hardware: "tpu-v3-8",
    plan: { optimizer: "sgd" },
    globalBatch: 64,
    steps: 45_000,
    result: "38.2 box AP",
    time: { what: "the run", seconds: 730 * 60, measured: "from initialisation to shutdown" },
    source: "tensorflow/tpu, ShapeMask's performance comparison",
  },
  {
    name: "mixer-b16-v3-128",
    summary: "Mixer-B/16 from scratch on ImageNet, 300 epochs on 128 v3 cores",
    model: "mixer-b16",
    modelOptions: {},
    hardware: "tpu-v3-8",
    plan: { devices: 128, optimizer: "adamw", momentumDtype: "bf16" },
    globalBatch: 4096,
    steps: stepsOf(300, MOST_OF_IMAGENET, 4096),
    result: "76.4 % top-1",
    time: { what: "the run", seconds: 2.183 * SECONDS_PER_HOUR, measured: "wall clock" },
    source: "big_vision configs/mlp_mixer_i1k.py",
  },
];

/** @throws UserError with the nearest name when there is no such recipe */
export function findRecipe(name: string): Recipe {
  const recipe = recipes.find((it) => it.name === name);
  if (recipe) return recipe;
  const names = recipes.map((it) => it.name);
  throw new UserError(`unknown recipe "${name}"; ${nearestName(name, names)}`);
}

/** What was published as seconds of a step, whatever it was published as. */
export function publishedStepSeconds({ time, steps }: Recipe): number | undefined {
  if (!time) return undefined;
  return time.what === "a step" ? time.seconds : time.seconds / steps;
}
