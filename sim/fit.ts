/**
 * @file "Will it fit?", and what to do when it does not.
 */
import { advise } from "./advise.js";
import { fewestChips, likelyDevices } from "./chips.js";
import { hardwareNames, loadHardware } from "./hardware.js";
import { largestBatches } from "./limits.js";
import { predict } from "./predict.js";
import type { FitAnswer, FittingChips, Prediction, Suggestion } from "./prediction.js";
import type { AnyQuery } from "./query.js";

/**
 * The fewest chips of each kind of TPU on which a prediction's batch and plan fit as they are, the fewest first. What a GPU needs
 * is predicted too low to give advice by (docs/validation-time.md).
 */
function elsewhere(query: AnyQuery, now: Prediction): readonly FittingChips[] {
  // The machine itself is in no list when it is a person's own.
  return [...new Set([...hardwareNames(), query.hardware].map(loadHardware))]
    .flatMap((profile) => {
      if (profile.kind !== "tpu") return [];
      const near = likelyDevices(now, profile);
      if (near === undefined) return [];
      const found = fewestChips({ ...query, hardware: profile }, { near });
      return found ? [{ hardware: profile.name, ...found }] : [];
    })
    .sort((a, b) => a.chips - b.chips);
}

/** What to change about a question. */
export interface Advice {
  readonly suggestions: readonly Suggestion[];
  /** Where the batch does not fit. */
  readonly chips: readonly FittingChips[];
}

/**
 * What to do about a prediction: changes of plan, and more chips.
 *
 * @param prediction the answer to `query`
 */
export function adviceOn(query: AnyQuery, prediction: Prediction): Advice {
  const fits = prediction.memory.verdict !== "does-not-fit";
  return { suggestions: advise(query, prediction), chips: fits ? [] : elsewhere(query, prediction) };
}

/**
 * Answers whether one training step fits, the largest batch that does, and which changes of plan would help.
 *
 * @throws UserError for an unknown model or hardware, or a batch that does not divide among the devices
 */
export function fit(query: AnyQuery): FitAnswer {
  const prediction = predict(query);
  return {
    ...prediction,
    fits: prediction.memory.verdict !== "does-not-fit",
    ...largestBatches(query),
    ...adviceOn(query, prediction),
  };
}
