/**
 * @file How sure a prediction is: how far off the checked steps most like it have been. `sim/errors.json` holds all checked
 * steps; `npm run validate:time -- --write` makes it, and test/sim/confidence.test.ts fails when it no longer holds.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Model } from "../src/models/model.js";
import type { Family } from "../src/models/options.js";
import { zoo } from "../src/models/zoo.js";
import { packagePath } from "../src/packagePath.js";
import { batchPerDevice, type Plan } from "../src/transforms/plan.js";
import { formatDifference } from "../src/units/quantity.js";
import { type CheckedStep, checkedSchema } from "./checked.js";
import type { AcceleratorProfile } from "./hardware.js";
import type { ErrorEstimate, Prediction } from "./prediction.js";

const ERRORS = "sim/errors.json";

/** Where the checked steps are kept. */
export const errorsPath = () => packagePath(ERRORS);

let checkedSteps: readonly CheckedStep[] | undefined;

/** Every checked step. */
export function allChecked(): readonly CheckedStep[] {
  checkedSteps ??= z.array(checkedSchema).parse(JSON.parse(readFileSync(errorsPath(), "utf8")));
  return checkedSteps;
}

type ComparedFamily = Family | "lit";

/** The family that a model is compared with: LiT's text tower is in a step of its own; a person's own model has none. */
export function comparedFamily({
  name,
  options,
}: Pick<Model, "name" | "options">): ComparedFamily | undefined {
  if (!Object.hasOwn(zoo, name)) return undefined;
  const isLit = "imageTower" in options && options.imageTower !== "trained";
  return isLit ? "lit" : zoo[name]?.family;
}

/** In place of a family, of models that are in no zoo. */
const NO_FAMILY = "none";

/** What makes one step like another. */
export type Likeness = Omit<CheckedStep, "against" | "memory" | "time">;

/**
 * How unlike two steps are. The weights say what was seen to matter most: the family, then the chip, then how much is
 * in memory and in what type; a batch twice as large is half as bad as another model of the family.
 */
function distance(a: Likeness, b: Likeness): number {
  const differ = (what: keyof Likeness) => Number(a[what] !== b[what]);
  return (
    8 * differ("family") +
    4 * differ("hardware") +
    2 * differ("activations") +
    2 * differ("remat") +
    differ("model") +
    Math.abs(Math.log2(a.batchPerDevice / b.batchPerDevice)) / 2
  );
}

/** So many checked steps are asked: the largest of five errors is exceeded by one in six. */
const ASKED = 5;

/**
 * What the checked steps most like this one say: the largest of their errors.
 *
 * @param checked steps to ask
 */
export function errorLike(
  step: Likeness,
  what: "memory" | "time",
  checked: readonly CheckedStep[] = allChecked(),
): ErrorEstimate {
  const known = checked.filter((it) => it[what] !== null && it.hardware === step.hardware);
  if (known.length === 0)
    return { errorPercent: null, basis: `not validated: no step has been compared on ${step.hardware}` };
  const isKin = known.some(({ family }) => family === step.family);
  const asked = isKin ? ranked(known, step).slice(0, ASKED) : known;
  const errorPercent = 100 * Math.max(...asked.map((it) => Math.abs(it[what]!)));
  const rounded = Math.ceil(errorPercent * 10) / 10;
  if (!isKin) {
    const what = step.family === NO_FAMILY ? "no step of this model" : "no step of its family";
    return { errorPercent: rounded, basis: `${what} has been compared: as the worst of the others` };
  }
  const [nearest] = asked;
  const { model, batchPerDevice: batch, hardware, against } = nearest!;
  const example = `${model}, ${batch} a device on ${hardware}: ${formatDifference(nearest![what]!)} against ${against}`;
  return {
    errorPercent: rounded,
    basis: `the ${asked.length} checked steps most like it; the nearest, ${example}`,
  };
}

const ranked = (checked: readonly CheckedStep[], step: Likeness) =>
  [...checked].sort((a, b) => distance(a, step) - distance(b, step));

function likenessOf(model: Model, plan: Plan, hardware: string): Likeness {
  const { activations, remat } = plan;
  const family = comparedFamily(model) ?? NO_FAMILY;
  return { model: model.name, family, hardware, batchPerDevice: batchPerDevice(plan), activations, remat };
}

/** What confidence is taken of: the profile's name, and what it was corrected by if it was made here. */
type Compared = Pick<AcceleratorProfile, "name" | "calibration">;

/** The steps that say something of time on a machine: of a profile that was corrected here, those that were measured. */
function checkedOn({ name, calibration }: Compared): readonly CheckedStep[] {
  const measured = calibration?.checked.map((it) => ({ ...it, hardware: name }));
  return measured ?? allChecked().filter(({ hardware }) => hardware === name);
}

/** The few checked steps on the same machine that are most like this one, the nearest first. */
export function nearestChecked(model: Model, plan: Plan, profile: Compared): readonly CheckedStep[] {
  return ranked(checkedOn(profile), likenessOf(model, plan, profile.name)).slice(0, ASKED);
}

/**
 * How far off memory and time have been for steps like this one. Of a profile that was corrected here, memory is its base's, and
 * time has been compared with the measured steps, each predicted from the others.
 */
export function confidenceOf(model: Model, plan: Plan, profile: Compared): Prediction["confidence"] {
  const { name, calibration } = profile;
  const step = likenessOf(model, plan, name);
  return {
    memory: errorLike({ ...step, hardware: calibration?.base ?? name }, "memory"),
    time: errorLike(step, "time", checkedOn(profile)),
  };
}
