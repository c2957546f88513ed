/**
 * @file What a model is to the rest of the project: functions that write its forward pass into a trace.
 */
import type { Tensor, Trace } from "../program/trace.js";
import type { DType } from "../program/types.js";

/** How the forward pass is to be written. */
export interface Mode {
  /** Batch normalisation uses the batch's statistics and updates its moving averages. */
  readonly training: boolean;
  /** Element type that activations are computed and kept in. */
  readonly activations: "bf16" | "f32";
  /** `block`: the backward pass computes each block again from its input instead of keeping its values. */
  readonly remat: "none" | "block";
}

interface ModelBase {
  readonly name: string;
  /** The model options in force, for reports and for rebuilding the model from a checkpoint. */
  readonly options: Readonly<Record<string, number | string>>;
  /** Image side in pixels. */
  readonly image: number;
  readonly channels: number;
  /** Element type of the images as they arrive on the device, when activations are bf16. */
  readonly imageDtype: "bf16" | "f32";
  /** What its paper trained it with; a plan that says nothing else uses it. */
  readonly optimizer: "adamw" | "sgd";
}

export interface Classifier extends ModelBase {
  readonly kind: "classifier";
  readonly classes: number;
  /** Images [b,H,W,C] to logits f32[b,classes]. */
  readonly logits: (images: Tensor, mode: Mode) => Tensor;
}

/** Embeddings of a batch of pairs, and the learned scalars of the loss. */
export interface Embeddings {
  /** L2-normalised, [b,d]. */
  readonly image: Tensor;
  /** L2-normalised, [b,d]. */
  readonly text: Tensor;
  /** Logarithm of the temperature t' and bias b of arXiv 2303.15343, Algorithm 1; f32 scalars. */
  readonly logTemperature: Tensor;
  readonly bias: Tensor;
}

export interface TwoTower extends ModelBase {
  readonly kind: "two-tower";
  readonly textLength: number;
  readonly vocabulary: number;
  /** Images [b,H,W,C] and tokens i32[b,L] to embeddings. */
  readonly embed: (images: Tensor, tokens: Tensor, mode: Mode) => Embeddings;
}

export type Model = Classifier | TwoTower;

/** One tensor of the batch as it arrives on each device. */
export interface BatchInput {
  readonly name: "images" | "labels" | "tokens";
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What one device's share of the batch consists of. Labels are probabilities, so that they can be smoothed. */
export function batchInputs(
  model: Model,
  batch: number,
  activations: Mode["activations"],
): readonly BatchInput[] {
  const images: BatchInput = {
    name: "images",
    dtype: activations === "f32" ? "f32" : model.imageDtype,
    shape: [batch, model.image, model.image, model.channels],
  };
  return model.kind === "classifier"
    ? [images, { name: "labels", dtype: "f32", shape: [batch, model.classes] }]
    : [images, { name: "tokens", dtype: "i32", shape: [batch, model.textLength] }];
}

/** Declares the batch inputs in a trace; labels only for a pass that has a loss. */
export function declareBatch(
  trace: Trace,
  model: Model,
  batch: number,
  { activations, training }: Mode,
): Readonly<Record<BatchInput["name"], Tensor | undefined>> {
  const declared: Record<BatchInput["name"], Tensor | undefined> = {
    images: undefined,
    labels: undefined,
    tokens: undefined,
  };
  for (const { name, dtype, shape } of batchInputs(model, batch, activations)) {
    if (name !== "labels" || training) declared[name] = trace.input("batch", name, dtype, shape);
  }
  return declared;
}
