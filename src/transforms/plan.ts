/**
 * @file The plan: everything about a training step that is not the model.
 */
import { z } from "zod";
import { UserError } from "../units/userError.js";

export const contrastiveLosses = ["sigmoid", "sigmoid-gather", "softmax"] as const;
export const optimizers = ["adamw", "adafactor", "sgd", "rmsprop", "lion"] as const;

/** More than any machine has: the largest slices of TPUs are 9,216 chips (Google's Ironwood, 2025). */
const MOST_DEVICES = 65_536;

export const planSchema = z.object({
  /** Examples a step, over all devices. */
  globalBatch: z.int().min(1),
  /** Devices that share the batch; each runs the same program. */
  devices: z.int().min(1).max(MOST_DEVICES, `at most ${MOST_DEVICES}, more than any machine has`),
  /** How image and text embeddings are compared; models with one tower ignore it. */
  loss: z.enum(contrastiveLosses),
  /** How parameters are updated. */
  optimizer: z.enum(optimizers),
  /** Element type of the first moment (AdamW, Adafactor, LION) or of the momentum (SGD, RMSProp). */
  momentumDtype: z.enum(["f32", "bf16"]),
  /** Element type of activations. */
  activations: z.enum(["bf16", "f32"]),
  /**
   * What the backward pass computes again: nothing, each block, blocks and everything between them (`full`), or each part
   * of the model with one of some scopes, `attention` or `attention,mlp`.
   */
  remat: z.string().regex(/^[\w*/]+(,[\w*/]+)*$/),
  /**
   * Parts that a device's share of the batch is worked through in, one after the other: classifiers and detectors add up the
   * gradients of each; two towers embed part after part without keeping anything, compare all embeddings, and embed each
   * part once more for its gradients (arXiv 2101.06983).
   */
  microbatches: z.int().min(1),
  /** Whose examples batch normalisation takes its statistics of: each device's own, or all devices'. */
  batchNorm: z.enum(["per-device", "cross-replica"]),
  /**
   * What of parameters, gradients and optimizer state each device holds: all of it, or its own part (`fsdp`: ZeRO stage 3,
   * arXiv 1910.02054; fully sharded data parallel, arXiv 2304.11277), gathered where it is read.
   */
  shard: z.enum(["none", "fsdp"]),
  /**
   * Decay of an exponential moving average of the parameters (Polyak averaging), kept beside them and evaluated in their
   * place; 0 keeps none.
   */
  ema: z.number().min(0).lt(1),
});

/** How a model is trained: all that is not the model itself, nor the machine. */
export type Plan = Readonly<z.infer<typeof planSchema>>;
export type ContrastiveLoss = Plan["loss"];

/** A plan that says nothing: bf16 activations, nothing recomputed. The optimizer is the model's own. */
export const defaultPlan: Omit<Plan, "globalBatch" | "devices" | "optimizer"> = {
  loss: "sigmoid",
  momentumDtype: "f32",
  activations: "bf16",
  remat: "none",
  microbatches: 1,
  batchNorm: "per-device",
  shard: "none",
  ema: 0,
};

/**
 * Examples of the global batch that one device holds.
 *
 * @throws UserError when they do not divide evenly among devices and microbatches
 */
export function batchPerDevice(plan: Plan): number {
  const { globalBatch, devices, microbatches } = plan;
  const parts = devices * microbatches;
  if (globalBatch % parts !== 0) {
    const below = Math.max(Math.floor(globalBatch / parts), 1) * parts;
    const among = microbatches === 1 ? "" : ` with ${microbatches} microbatches each`;
    throw new UserError(
      `a batch of ${globalBatch} does not divide among ${devices} devices${among}; ${below} or ${below + parts} would`,
    );
  }
  return globalBatch / devices;
}
