/**
 * @file A checked step: how far a prediction was off what a compiler or a machine said.
 */
import { z } from "zod";
import { planSchema } from "../src/transforms/plan.js";

export const checkedSchema = z.object({
  /** The TPU compiler, or the source of a published run. */
  against: z.string(),
  model: z.string(),
  family: z.string(),
  hardware: z.string(),
  batchPerDevice: z.int(),
  activations: planSchema.shape.activations,
  remat: planSchema.shape.remat,
  /**
   * Relative errors, positive where we predict too much; null where there is nothing to compare with. Of a published run that a
   * constant was fitted to, with nothing in force that was fitted to its family.
   */
  memory: z.number().nullable(),
  time: z.number().nullable(),
});

/** A step that was compared. */
export type CheckedStep = Readonly<z.infer<typeof checkedSchema>>;
