/** @file Tiny versions of the three models, and made-up batches for them. */
import * as tf from "@tensorflow/tfjs-core";
import type { ModelOptions } from "../../src/models/options.js";
import { elementCount, type Program } from "../../src/program/types.js";
import type { Plan } from "../../src/transforms/plan.js";
import { initialState } from "../../train/initialize.js";
import { noise } from "./noise.js";

export interface TinyModel {
  readonly model: string;
  readonly options: ModelOptions;
  readonly optimizer: Plan["optimizer"];
}

const tinyVit = { image: 8, patch: 4, channels: 1, width: 16, depth: 2, heads: 2 };

export const tinyModels: readonly TinyModel[] = [
  { model: "vit-s16", options: { ...tinyVit, classes: 5 }, optimizer: "adamw" },
  { model: "resnet50", options: { image: 32, channels: 1, width: 4, classes: 5 }, optimizer: "sgd" },
  { model: "siglip-b16", options: { ...tinyVit, textLength: 4, vocabulary: 11 }, optimizer: "adamw" },
];

export const tinyPlan: Plan = {
  globalBatch: 8,
  devices: 1,
  loss: "sigmoid",
  optimizer: "adamw",
  momentumDtype: "f32",
  activations: "f32",
  remat: "none",
};

/**
 * A tensor for each input of a program: its first state, a made-up batch (image, label or token rows
 * `from` to `from + b` of an endless one), and a learning rate of 0.01.
 */
export function tinyInputs(program: Program, from = 0): tf.Tensor[] {
  const state = new Map(initialState(program, 1).map((tensor) => [tensor.name, tensor]));
  return program.inputs.map(({ name, value }) => {
    const { shape, dtype } = program.types[value]!;
    const first = state.get(name);
    if (first) return tf.tensor(first.values, [...shape], dtype === "i32" ? "int32" : "float32");
    if (name === "learningRate") return tf.scalar(0.01);
    const perRow = elementCount(shape.slice(1));
    const all = noise(elementCount(shape) + from * perRow, name.length).subarray(from * perRow);
    if (name === "tokens")
      return tf.tensor(
        Int32Array.from(all, (x) => Math.floor((x + 1) * 5)),
        [...shape],
        "int32",
      );
    if (name !== "labels") return tf.tensor(all, [...shape]);
    const classes = Int32Array.from({ length: shape[0]! }, (_, i) => (from + i) % perRow);
    return tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(classes, "int32"), perRow), "float32"));
  });
}
