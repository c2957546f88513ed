/**
 * @file A checked step: how far a prediction was off what a compiler or a machine said.
 */
import { z } from "zod";
import { planSchema } from "../src/transforms/plan.js";

/** What most steps have been held against. */
export const TPU_COMPILER = "the TPU compiler";

const RAN_ON = "a step run on";

/** Steps that the project ran itself were held against this. */
export const ranOn = (device: string): string => `${RAN_ON} ${device}`;

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

/** What a prediction was held against: the compiler, a step that was run, or what others published. */
export type Reference = "compiler" | "run" | "published";

export function referenceOf({ against }: CheckedStep): Reference {
  if (against === TPU_COMPILER) return "compiler";
  return against.startsWith(RAN_ON) ? "run" : "published";
}
