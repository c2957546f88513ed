/**
 * @file A profile corrected by steps that someone timed on the machine, and what that does to the published runs on it.
 */
import { type Recipe, recipes } from "../src/recipes/recipes.js";
import { batchPerDevice } from "../src/transforms/plan.js";
import { comparedFamily } from "./confidence.js";
import { type Corrected, correct, type TimedStep } from "./correct.js";
import type { AcceleratorProfile } from "./hardware.js";
import { asMeasured } from "./measured.js";
import { predictOn } from "./predict.js";
import { publishedSeconds, secondsLike } from "./published.js";
import { type Query, queryOf, trainingStepOf } from "./query.js";
import { simulate } from "./simulate.js";
import { stepSecondsOf } from "./time.js";

/** A step that someone timed. */
export interface MeasuredStep {
  /** What was run. */
  readonly query: Omit<Query, "hardware">;
  /** `vit-s16, 256`: what it is called in sources and tables. */
  readonly name: string;
  /** What a step took. */
  readonly stepSeconds: number;
  /** Of one device, where it was measured, too. */
  readonly peakBytes: number | undefined;
}

/** A published run of the base's machine, in seconds of a step; it is not fitted to. */
interface PublishedBeside {
  readonly recipe: string;
  readonly published: number;
  readonly before: number;
  readonly after: number;
}

/** What a calibration made of a profile, and how well that predicts the steps. */
export interface Calibration extends Omit<Corrected, "profile"> {
  /** The new one. */
  readonly profile: AcceleratorProfile;
  /** What the published runs of the machine, which nothing was fitted to, say of it. */
  readonly published: readonly PublishedBeside[];
}

/** A step with what the passes before time make of it, which no constant that moves has a part in. */
function timed({ query, name, stepSeconds }: MeasuredStep, base: AcceleratorProfile): TimedStep {
  const { program } = simulate(trainingStepOf(query, base.devices).program, asMeasured(base));
  return { name, seconds: stepSeconds, secondsOn: stepSecondsOf(program) };
}

function publishedBeside(
  recipe: Recipe,
  base: AcceleratorProfile,
  profile: AcceleratorProfile,
): PublishedBeside {
  const on = (chip: AcceleratorProfile) => secondsLike(recipe, predictOn(chip, queryOf(recipe), { recipe }));
  return {
    recipe: recipe.name,
    published: publishedSeconds(recipe)!,
    before: on(base),
    after: on(profile),
  };
}

/** What is known of the errors of the corrected profile: each step as it is predicted by a fit of the others. */
function checkedSteps(
  measured: readonly MeasuredStep[],
  { steps }: Pick<Corrected, "steps">,
  base: AcceleratorProfile,
  from: string,
): NonNullable<AcceleratorProfile["calibration"]>["checked"] {
  return measured.map(({ query, peakBytes }, i) => {
    const { model, plan } = trainingStepOf(query, base.devices);
    const predictedBytes = peakBytes === undefined ? undefined : predictOn(base, query).memory.peakBytes;
    return {
      against: `a measured step of ${from}, left out of the fit`,
      model: query.model,
      family: comparedFamily(model) ?? "none",
      batchPerDevice: batchPerDevice(plan),
      activations: plan.activations,
      remat: plan.remat,
      memory: predictedBytes === undefined ? null : predictedBytes / peakBytes! - 1,
      time: steps[i]!.leftOut / steps[i]!.measured - 1,
    };
  });
}

/**
 * Corrects a profile by measured steps.
 *
 * @param called what the new profile is called, and where the steps come from: a file's name, for the constants' sources
 * @throws UserError for a model or batch that cannot be
 */
export function calibrateFrom(
  base: AcceleratorProfile,
  measured: readonly MeasuredStep[],
  { name, from }: { readonly name: string; readonly from: string },
): Calibration {
  const { profile: corrected, ...found } = correct(
    base,
    measured.map((step) => timed(step, base)),
    from,
  );
  // Of a profile that was corrected before, the machine is still the first one's.
  const machine = base.calibration?.base ?? base.name;
  const profile: AcceleratorProfile = {
    ...corrected,
    name,
    description: `${machine}, corrected by ${measured.length} measured ${measured.length === 1 ? "step" : "steps"} of ${from}`,
    calibration: { base: machine, checked: checkedSteps(measured, found, base, from) },
  };
  const published = recipes.filter(
    ({ hardware, time }) => hardware === machine && time && !time.isUpperBound,
  );
  return {
    profile,
    ...found,
    published: published.map((recipe) => publishedBeside(recipe, base, profile)),
  };
}
