/**
 * @file A whole run: steps, and what else takes time. Everything beside the steps can be left out.
 */
import type { Model } from "../src/models/model.js";
import { byteSize, type Program } from "../src/program/types.js";
import type { Evaluation, Recipe } from "../src/recipes/recipes.js";
import { batchPerDevice, type Plan } from "../src/transforms/plan.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import { SECONDS_PER_HOUR } from "../src/units/quantity.js";
import type { AcceleratorProfile } from "./hardware.js";
import type { Run, TimePart } from "./prediction.js";
import { simulate } from "./simulate.js";

/** What a run has beside its steps. */
const runParts = ["input", "evaluation", "start"] as const;
export type RunPart = (typeof runParts)[number];

/** Compilation, and loading what is trained: assumed, and little of any run that is worth predicting. */
const START_SECONDS = 180;

/**
 * Seconds that a step waits for its batch: a host decodes the next while the devices compute, and is too slow if that takes
 * longer than the step.
 */
function inputSeconds(program: Program, plan: Plan, stepSeconds: number, chip: AcceleratorProfile): number {
  const { devices, bytesPerSecond, imagesPerSecond } = chip.host;
  const fed = Math.min(plan.devices, devices.value);
  const batch = program.inputs
    .filter(({ role }) => role === "batch")
    .map(({ value }) => program.types[value]!);
  const bytes = batch.reduce((total, type) => total + byteSize(type), 0) * fed;
  const images = batch.some(({ shape }) => shape.length === 4) ? batchPerDevice(plan) * fed : 0;
  const feeding = Math.max(bytes / bytesPerSecond.value, images / imagesPerSecond.value);
  return Math.max(0, feeding - stepSeconds);
}

/** Seconds of all evaluations of a run: forward passes with the batch of a step. */
function evaluationSeconds(
  { everySteps, examples }: Evaluation,
  steps: number,
  { model, plan, chip }: RunOf,
): number {
  const forward = simulate(traceForward(model, batchPerDevice(plan), plan.activations), chip);
  const seconds = forward.times.reduce((total, time) => total + time.seconds, 0);
  return Math.floor(steps / everySteps) * Math.ceil(examples / plan.globalBatch) * seconds;
}

/** What is run. */
export interface RunOf {
  readonly model: Model;
  readonly plan: Plan;
  readonly program: Program;
  readonly chip: AcceleratorProfile;
}

/** A recipe's run on a chip, with a step of so many seconds. */
export function predictRun(
  recipe: Recipe,
  of: RunOf,
  stepSeconds: number,
  without: ReadonlySet<RunPart> = new Set(),
): Run {
  const { plan, program, chip } = of;
  // The run sees the same examples whatever the batch.
  const steps = Math.round((recipe.steps * recipe.globalBatch) / plan.globalBatch);
  const { evaluation } = recipe;
  const all: readonly (TimePart & { readonly part?: RunPart })[] = [
    { name: "steps", seconds: steps * stepSeconds },
    {
      part: "input",
      name: "waiting for input",
      seconds: steps * inputSeconds(program, plan, stepSeconds, chip),
    },
    {
      part: "evaluation",
      name: "evaluation",
      seconds: evaluation ? evaluationSeconds(evaluation, steps, of) : 0,
    },
    { part: "start", name: "compilation and start", seconds: START_SECONDS },
  ];
  const parts = all
    .filter(({ part, seconds }) => seconds > 0 && !(part && without.has(part)))
    .map(({ name, seconds }): TimePart => ({ name, seconds }));
  const hours = parts.reduce((total, { seconds }) => total + seconds, 0) / SECONDS_PER_HOUR;
  const chipHours = (hours * plan.devices) / chip.devicesPerChip.value;
  const { price } = chip;
  return {
    recipe: recipe.name,
    steps,
    hours,
    chipHours,
    ...(price && { dollars: chipHours * price.dollarsPerChipHour }),
    parts,
    isAsPublished:
      recipe.hardware === chip.name &&
      recipe.model === of.model.name &&
      recipe.globalBatch === plan.globalBatch,
    published: {
      ...(recipe.result && { result: recipe.result }),
      ...(recipe.time && { time: recipe.time }),
      ...(recipe.assumed && { assumed: recipe.assumed }),
      source: recipe.source,
    },
  };
}
