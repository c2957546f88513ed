/**
 * @file The plan: everything about a training step that is not the model.
 */
import { z } from "zod";
import { UserError } from "../units/userError.js";

export const contrastiveLosses = ["sigmoid", "sigmoid-gather", "softmax"] as const;
export const optimizers = ["adamw", "adafactor", "sgd", "rmsprop", "lion"] as const;

export const planSchema = z.object({
  /** Examples a step, over all devices. */
  globalBatch: z.int().min(1),
  /** Devices that share the batch; each runs the same program. */
  devices: z.int().min(1),
  /** How image and text embeddings are compared; models with one tower ignore it. */
  loss: z.enum(contrastiveLosses),
  optimizer: z.enum(optimizers),
  /** Element type of the first moment (AdamW, Adafactor, LION) or of the momentum (SGD, RMSProp). */
  momentumDtype: z.enum(["f32", "bf16"]),
  activations: z.enum(["bf16", "f32"]),
  /**
   * What the backward pass computes again: nothing, each block, blocks and everything between them (`full`), or each part
   * of the model with one of some scopes, `attention` or `attention,mlp`.
   */
  remat: z.string().regex(/^[\w*/]+(,[\w*/]+)*$/),
  /** Whose examples batch normalisation takes its statistics of: each device's own, or all devices'. */
  batchNorm: z.enum(["per-device", "cross-replica"]),
});

export type Plan = Readonly<z.infer<typeof planSchema>>;
export type ContrastiveLoss = Plan["loss"];

/** A plan that says nothing: bf16 activations, nothing recomputed. The optimizer is the model's own. */
export const defaultPlan: Omit<Plan, "globalBatch" | "devices" | "optimizer"> = {
  loss: "sigmoid",
  momentumDtype: "f32",
  activations: "bf16",
  remat: "none",
  batchNorm: "per-device",
};

/** Examples of the global batch that one device holds. @throws UserError when they do not divide evenly */
export function batchPerDevice(plan: Plan): number {
  const { globalBatch, devices } = plan;
  if (globalBatch % devices !== 0) {
    const below = Math.max(Math.floor(globalBatch / devices), 1) * devices;
    throw new UserError(
      `a batch of ${globalBatch} does not divide among ${devices} devices; ${below} or ${below + devices} would`,
    );
  }
  return globalBatch / devices;
}
