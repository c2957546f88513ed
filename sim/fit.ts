/**
 * @file "Will it fit?", and what to do when it does not.
 */
import { advise } from "./advise.js";
import { largestBatches } from "./limits.js";
import { predict } from "./predict.js";
import type { FitAnswer } from "./prediction.js";
import type { Query } from "./query.js";

/**
 * Answers whether one training step fits, the largest batch that does, and which changes of plan would help.
 *
 * @throws UserError for an unknown model or hardware, or a batch that does not divide among the devices
 */
export function fit(query: Query): FitAnswer {
  const prediction = predict(query);
  return {
    ...prediction,
    fits: prediction.memory.verdict !== "does-not-fit",
    ...largestBatches(query),
    suggestions: advise(query, prediction),
  };
}
