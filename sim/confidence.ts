/**
 * @file How sure a prediction is: the largest errors against the TPU compiler, by family of models, over the rows of
 * test/reference/xla-steps.csv that it accepts. test/sim/reference.test.ts fails when a row is worse than what
 * stands here.
 */
import type { Model } from "../src/models/model.js";
import type { Family } from "../src/models/options.js";
import { zoo } from "../src/models/zoo.js";
import type { Prediction } from "./prediction.js";

interface Comparison {
  /** Whole training steps compared. */
  readonly steps: number;
  /** Largest errors, in percent. */
  readonly memory: number;
  readonly time: number;
}

const compared: Readonly<Partial<Record<Family | "lit", Comparison>>> = {
  vit: { steps: 5, memory: 3, time: 9 },
  "two-tower": { steps: 7, memory: 8, time: 20 },
  // The compiler recomputes its way to fitting where our model of that gives up.
  lit: { steps: 1, memory: 57, time: 20 },
  resnet: { steps: 7, memory: 9, time: 20 },
  botnet: { steps: 8, memory: 10, time: 11 },
  efficientnet: { steps: 8, memory: 24, time: 35 },
};

/** What holds of a family that nothing was compared of: as wrong as the worst of the others, but one. */
const unknown: Comparison = { steps: 0, memory: 25, time: 35 };

function comparisonOf(model: Model): Comparison {
  const isLit = "imageTower" in model.options && model.options.imageTower !== "trained";
  const family = zoo[model.name]?.family;
  return (family && compared[isLit ? "lit" : family]) ?? unknown;
}

/** How far off memory and time have been for models like this one. */
export function confidenceOf(model: Model): Prediction["confidence"] {
  const { steps, memory, time } = comparisonOf(model);
  const basis = (what: string) =>
    steps === 0
      ? "a guess: no step of this family has been compared with the TPU compiler"
      : `largest error on ${steps} ${steps === 1 ? "step" : "steps"} of this family as the TPU compiler ${what} them`;
  return {
    memory: { errorPercent: memory, basis: basis("allocates") },
    time: { errorPercent: time, basis: basis("estimates") },
  };
}
