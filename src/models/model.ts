/**
 * @file What a model is to the rest of the project: functions that write its forward pass into a trace.
 */
import type { Tensor, Trace } from "../program/trace.js";
import type { DType } from "../program/types.js";
import type { ModelOptions } from "./options.js";

/** How the forward pass is to be written. */
export interface Mode {
  /** Batch normalisation uses the batch's statistics and updates its moving averages. */
  readonly training: boolean;
  /** Element type that activations are computed and kept in. */
  readonly activations: "bf16" | "f32";
  /** Statistics of the device's own share of the batch, or of all of it; the default is `per-device`. */
  readonly batchNorm?: "per-device" | "cross-replica";
}

/** What the numbers of a batch input may be, for whoever makes some up. */
export type BatchValues =
  /** Anything from −1 to 1: pixels, embeddings, offsets. */
  | { readonly kind: "uniform" }
  | { readonly kind: "integers"; readonly from: number; readonly below: number }
  /** A single one along the last dimension. */
  | { readonly kind: "one-hot" }
  /** Top, left, bottom, right along the last dimension, in pixels of an image with this side. */
  | { readonly kind: "boxes"; readonly side: number };

/** One tensor of the batch as it arrives on each device; the examples are along its first dimension. */
export interface BatchInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: BatchValues;
  /** Only a loss reads it. */
  readonly target?: boolean;
}

/** The tensors of the batch by their names. */
export type Batch = (name: string) => Tensor;

interface ModelBase {
  /** What it is called in answers. */
  readonly name: string;
  /** The model options in force, for reports and for rebuilding the model from a checkpoint. */
  readonly options: Readonly<Record<string, number | string>>;
  /** Image side in pixels. */
  readonly image: number;
  /** Of an image. */
  readonly channels: number;
  /** Element type of the images as they arrive on the device, when activations are bf16. */
  readonly imageDtype: "bf16" | "f32";
  /** What its paper trained it with; a plan that says nothing else uses it. */
  readonly optimizer: "adamw" | "sgd" | "rmsprop";
}

/** Tells what is in an image. */
export interface Classifier extends ModelBase {
  /** Which loss it has: softmax cross-entropy. */
  readonly kind: "classifier";
  /** To tell apart. */
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

/** Tells which text belongs to an image. */
export interface TwoTower extends ModelBase {
  /** Which loss it has: a contrastive one, as the plan says. */
  readonly kind: "two-tower";
  /** Tokens of a text. */
  readonly textLength: number;
  /** Different tokens. */
  readonly vocabulary: number;
  /** Images or their embeddings, and tokens. */
  readonly batch: (size: number, activations: Mode["activations"]) => readonly BatchInput[];
  /** Images or their embeddings and tokens to embeddings of both. */
  readonly embed: (batch: Batch, mode: Mode) => Embeddings;
}

/** Tells where in an image things are. */
export interface Detector extends ModelBase {
  /** Which loss it has: its own. */
  readonly kind: "detector";
  /** Classes to tell apart, the background included. */
  readonly classes: number;
  /** Images, and the objects in them as boxes, classes and masks. */
  readonly batch: (size: number, activations: Mode["activations"]) => readonly BatchInput[];
  /** What it finds in images: some tensors by name. */
  readonly detect: (images: Tensor, mode: Mode) => Readonly<Record<string, Tensor>>;
  /** The sum over this device's images of each image's loss, f32[]. */
  readonly loss: (batch: Batch, mode: Mode) => Tensor;
}

/** A model with its options: functions that write its forward pass. */
export type Model = Classifier | TwoTower | Detector;

/** A model that is in no list: what `defineModel` gives, to be asked about in place of a name. */
export interface ModelDefinition {
  /** What it is called in answers. */
  readonly name: string;
  /** What may be said otherwise. */
  readonly optionNames: readonly string[];
  /** @throws UserError when an option is unknown or cannot be built */
  readonly build: (overrides: ModelOptions) => Model;
}

/** Images [b,H,W,C] as they arrive. */
export function imagesInput(
  { image, channels, imageDtype }: Pick<ModelBase, "image" | "channels" | "imageDtype">,
  size: number,
  activations: Mode["activations"],
): BatchInput {
  const dtype = activations === "f32" ? "f32" : imageDtype;
  return { name: "images", dtype, shape: [size, image, image, channels], values: { kind: "uniform" } };
}

/**
 * What one device's share of the batch consists of. A classifier's labels are probabilities, so that they can be
 * smoothed.
 */
export function batchInputs(
  model: Model,
  size: number,
  activations: Mode["activations"],
): readonly BatchInput[] {
  if (model.kind !== "classifier") return model.batch(size, activations);
  return [
    imagesInput(model, size, activations),
    { name: "labels", dtype: "f32", shape: [size, model.classes], values: { kind: "one-hot" }, target: true },
  ];
}

/** Declares the batch inputs in a trace; what only a loss reads, only in training. Tensors by their names. */
export function declareBatch(
  trace: Trace,
  model: Model,
  size: number,
  { activations, training }: Mode,
): ReadonlyMap<string, Tensor> {
  const declared = new Map<string, Tensor>();
  for (const { name, dtype, shape, target } of batchInputs(model, size, activations)) {
    if (training || !target) declared.set(name, trace.input("batch", name, dtype, shape));
  }
  return declared;
}

/** Looks tensors of a batch up. @throws Error when there is none of that name */
export function batchOf(tensors: ReadonlyMap<string, Tensor>): Batch {
  return (name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`the batch has no ${name}`);
    return tensor;
  };
}
