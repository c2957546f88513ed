/**
 * @file How sure a prediction is: what nine in ten errors against the TPU compiler stay within, by family of models, over
 * the steps of `validation/rows.ts` that it accepts. test/sim/reference.test.ts fails when they do not.
 */
import type { Model } from "../src/models/model.js";
import type { Family } from "../src/models/options.js";
import { zoo } from "../src/models/zoo.js";
import type { Prediction } from "./prediction.js";

interface Comparison {
  /** Whole training steps compared. */
  readonly steps: number;
  /** What nine in ten errors are within, in percent. */
  readonly memory: number;
  readonly time: number;
}

type ComparedFamily = Family | "lit";

const compared: Readonly<Partial<Record<ComparedFamily, Comparison>>> = {
  vit: { steps: 28, memory: 1.5, time: 9 },
  "two-tower": { steps: 14, memory: 2, time: 24 },
  lit: { steps: 4, memory: 4, time: 20 },
  mixer: { steps: 5, memory: 8, time: 9 },
  resnet: { steps: 20, memory: 3, time: 19 },
  botnet: { steps: 16, memory: 3, time: 23 },
  efficientnet: { steps: 15, memory: 9, time: 32 },
};

/** What holds of a family that nothing was compared of: as wrong as the worst of the others. */
const unknown: Comparison = { steps: 0, memory: 25, time: 35 };

/** The family that a model is compared with: LiT's text tower is in a step of its own. */
export function comparedFamily({
  name,
  options,
}: Pick<Model, "name" | "options">): ComparedFamily | undefined {
  const isLit = "imageTower" in options && options.imageTower !== "trained";
  return isLit ? "lit" : zoo[name]?.family;
}

/** How far off memory and time have been for models like this one. */
export function confidenceOf(model: Model): Prediction["confidence"] {
  const family = comparedFamily(model);
  const { steps, memory, time } = (family && compared[family]) ?? unknown;
  const basis = (what: string) =>
    steps === 0
      ? "a guess: no step of this family has been compared with the TPU compiler"
      : `nine in ten of ${steps} steps of this family, as the TPU compiler ${what} them`;
  return {
    memory: { errorPercent: memory, basis: basis("allocates") },
    time: { errorPercent: time, basis: basis("estimates") },
  };
}
