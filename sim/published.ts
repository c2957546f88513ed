/**
 * @file The published time of a recipe, and the predicted time that it is compared with.
 */
import type { Recipe } from "../src/recipes/recipes.js";
import { SECONDS_PER_HOUR } from "../src/units/quantity.js";
import type { Prediction } from "./prediction.js";

/** Seconds of a step as published, or of the run for each of its steps; undefined when no time was published. */
export function publishedSeconds({ time, steps }: Recipe): number | undefined {
  if (!time) return undefined;
  return time.what === "a step" ? time.seconds : time.seconds / steps;
}

/** Seconds of what the recipe's published time is about, for each step. */
export function secondsLike({ time, steps }: Recipe, { time: { stepSeconds }, run }: Prediction): number {
  return time?.what === "the run" && run ? (run.hours * SECONDS_PER_HOUR) / steps : stepSeconds;
}
