/** @file Tiny versions of every family of models, and batches for them. */
import * as tf from "@tensorflow/tfjs-core";
import type { Model } from "../../src/models/model.js";
import type { ModelOptions } from "../../src/models/options.js";
import { buildModel } from "../../src/models/zoo.js";
import type { Program } from "../../src/program/types.js";
import type { Plan } from "../../src/transforms/plan.js";
import { toTensor } from "../../train/agreement.js";
import { loadMnist } from "../../train/data/mnist.js";
import { syntheticInputs } from "../../train/synthetic.js";
import { syntheticScenes } from "./scenes.js";

export interface TinyModel {
  readonly model: string;
  readonly options: ModelOptions;
  readonly optimizer: Plan["optimizer"];
  /** Examples a step: 8 unless given. */
  readonly batch?: number;
}

const tinyVit = { image: 8, patch: 4, channels: 1, width: 16, depth: 2, heads: 2 };
const tinyPairs = { ...tinyVit, textLength: 4, vocabulary: 11 };

/** One of each kind of program. */
export const tinyModels: readonly TinyModel[] = [
  { model: "vit-s16", options: { ...tinyVit, classes: 5 }, optimizer: "adamw" },
  { model: "resnet50", options: { image: 32, channels: 1, width: 4, classes: 5 }, optimizer: "sgd" },
  { model: "siglip-b16", options: tinyPairs, optimizer: "adamw" },
];

const digits = { image: 28, channels: 1, classes: 10 };
const tinyResidual = { ...digits, width: 4 };
const tinyText = { ...tinyPairs, textWidth: 16, textDepth: 2, textHeads: 2 };

/** One of each family, and of each variant that computes something the others do not. */
export const tinyFamilies: readonly TinyModel[] = [
  {
    model: "vit-ti16",
    options: { ...digits, patch: 7, width: 16, depth: 2, heads: 2, pool: "token", posemb: "learned" },
    optimizer: "adamw",
  },
  {
    model: "vit-b8",
    // Wide enough that Adafactor factors.
    options: { ...digits, patch: 7, width: 32, depth: 2, heads: 2, pool: "map" },
    optimizer: "adafactor",
  },
  { model: "mixer-s16", options: { ...digits, patch: 7, width: 16, depth: 2 }, optimizer: "lion" },
  { model: "siglip-b16", options: tinyPairs, optimizer: "adamw" },
  { model: "siglip-b16", options: { ...tinyPairs, tokenWidth: 4, vocabulary: 40 }, optimizer: "adamw" },
  { model: "lit-b8", options: tinyText, optimizer: "adamw" },
  { model: "lit-b8", options: { ...tinyText, imageTower: "frozen" }, optimizer: "adamw" },
  { model: "resnet50", options: tinyResidual, optimizer: "sgd" },
  { model: "se-resnet50", options: tinyResidual, optimizer: "sgd" },
  { model: "bit-r50x1", options: tinyResidual, optimizer: "sgd" },
  { model: "resnest50", options: { ...tinyResidual, stemWidth: 4 }, optimizer: "sgd" },
  { model: "botnet50", options: { ...tinyResidual, heads: 2 }, optimizer: "sgd" },
  { model: "botnet-t3", options: { ...tinyResidual, heads: 2 }, optimizer: "sgd" },
  { model: "efficientnet-b0", options: { ...digits, widthPercent: 25 }, optimizer: "rmsprop" },
  {
    model: "mask-rcnn-r50",
    options: { image: 64, channels: 1, width: 4, classes: 3, rois: 16, objects: 2 },
    optimizer: "sgd",
    batch: 2,
  },
];

export const tinyPlan: Plan = {
  globalBatch: 8,
  devices: 1,
  loss: "sigmoid",
  optimizer: "adamw",
  momentumDtype: "f32",
  activations: "f32",
  remat: "none",
  microbatches: 1,
  batchNorm: "per-device",
  shard: "none",
  ema: 0,
};

/** A tensor for each input of a device's training step: its first state, a made-up batch, a learning rate. */
export function tinyInputs(model: Model, plan: Plan, program: Program, device = 0): tf.Tensor[] {
  return syntheticInputs(model, plan, program, { seed: 1, device, state: "initial" }).map(toTensor);
}

/** What a model is meant to learn from: handwritten digits, made-up pairs, or made-up scenes of boxes. */
export async function learningBatch(
  { model: name, options }: TinyModel,
  size: number,
): Promise<ReadonlyMap<string, tf.Tensor>> {
  const model = buildModel(name, options);
  if (model.kind === "detector") return syntheticScenes(model, size);
  if (model.kind === "two-tower") return new Map();
  const { train, image, channels, classes } = loadMnist();
  const { pixels, labels } = await train.examples(Array.from({ length: size }, (_, i) => i));
  return new Map([
    ["images", tf.tensor(pixels, [size, image, image, channels])],
    ["labels", tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classes.length), "float32"))],
  ]);
}
