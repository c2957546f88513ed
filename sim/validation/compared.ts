/**
 * @file Every checked step beside its prediction: whole steps and single products of the compiler, and published runs.
 */
import { type Recipe, recipes } from "../../src/recipes/recipes.js";
import { batchPerDevice } from "../../src/transforms/plan.js";
import { type CheckedStep, ranOn, TPU_COMPILER } from "../checked.js";
import { comparedFamily } from "../confidence.js";
import { type AcceleratorProfile, loadHardware } from "../hardware.js";
import type { Correction } from "../measured.js";
import { memoryPrediction, predict } from "../predict.js";
import type { Prediction } from "../prediction.js";
import { compareProducts, ourProducts, type ProductComparison } from "../products.js";
import { publishedSeconds, secondsLike } from "../published.js";
import { type Query, queryOf, trainingStepOf } from "../query.js";
import { type Simulation, simulate } from "../simulate.js";
import { estimatedSeconds } from "../verify.js";
import {
  type CompiledStep,
  compiledProducts,
  exportedSteps,
  jaxSteps,
  type RanSteps,
  ranSteps,
} from "./rows.js";

/** The TPU of a query. */
export function tpuOf({ hardware }: Query): AcceleratorProfile {
  const chip = loadHardware(hardware);
  if (chip.kind !== "tpu") throw new Error(`${hardware} is no TPU`);
  return chip;
}

/** A step of the compiler's, and ours of the same program or of the same network. */
export interface ComparedStep {
  readonly step: CompiledStep;
  readonly simulation: Simulation;
  /** The compiler's estimate; undefined where it refuses. */
  readonly seconds: number | undefined;
  readonly checked: CheckedStep;
}

/** Compares with the constants of the compiler's estimates: what was measured says nothing of these. */
export function compareStep(step: CompiledStep): ComparedStep {
  const chip = tpuOf(step.query);
  const { model, plan, program } = trainingStepOf(step.query, chip.devices);
  const simulation = simulate(program, chip);
  const { peakBytes } = memoryPrediction(simulation, chip);
  const seconds = step.cycles === null ? undefined : step.cycles / chip.clockHertz.value;
  const checked: CheckedStep = {
    against: TPU_COMPILER,
    model: step.query.model,
    family: comparedFamily(model) ?? "none",
    hardware: chip.name,
    batchPerDevice: batchPerDevice(plan),
    activations: plan.activations,
    remat: plan.remat,
    memory: step.verdict === "does-not-fit" ? null : peakBytes / step.peakBytes - 1,
    time: seconds === undefined ? null : estimatedSeconds(simulation) / seconds - 1,
  };
  return { step, simulation, seconds, checked };
}

/** All compiled steps, JAX's programs and willfit's own. */
export const compareSteps = (): readonly ComparedStep[] =>
  [...jaxSteps(), ...exportedSteps()].map(compareStep);

/** Dots and convolutions of the steps whose instructions are kept. */
export function comparedProducts(
  steps: readonly ComparedStep[],
): readonly { readonly hardware: string; readonly product: ProductComparison }[] {
  const reference = compiledProducts();
  return steps.flatMap(({ step, simulation }) => {
    if (step.source !== "willfit") return [];
    const { model, hardware, globalBatch } = step.query;
    const theirs = reference.get([model, step.options, hardware, globalBatch].join()) ?? [];
    const ours = ourProducts(simulation, tpuOf(step.query).clockHertz.value);
    return compareProducts(ours, theirs).map((product) => ({ hardware, product }));
  });
}

/** A published run beside its prediction. */
export interface ComparedRun {
  readonly recipe: Recipe;
  /** Seconds of a step, or of the run for each of its steps: as published. */
  readonly published: number;
  readonly predicted: number;
  readonly error: number;
  /** With nothing in force that was fitted to a run of this family. */
  readonly predictedWithoutFamily: number;
  readonly checked: CheckedStep;
  /** Constants of the profile that were fitted to this run. */
  readonly fitted: readonly Correction[];
}

/** A published run beside its prediction; undefined when no time was published. */
function compareRun(recipe: Recipe): ComparedRun | undefined {
  const { time } = recipe;
  if (!time) return undefined;
  const query = queryOf(recipe);
  const chip = tpuOf(query);
  const family = familyOf(recipe);
  const prediction = predict(query, { recipe });
  const elsewhere = ({ rows }: Correction) => rows.every((row) => familyOf(named(row)) !== family);
  const without = predict(query, { recipe, corrections: elsewhere });
  const published = publishedSeconds(recipe)!;
  const predicted = secondsLike(recipe, prediction);
  const error = predicted / published - 1;
  const { plan, batchPerDevice } = prediction;
  const predictedWithoutFamily = secondsLike(recipe, without);
  const fitted = chip.measured.filter(({ rows }) => rows.includes(recipe.name));
  // How close a fitted row came says nothing of how close the next one will.
  const unfittedError = fitted.length === 0 ? error : predictedWithoutFamily / published - 1;
  return {
    recipe,
    published,
    predicted,
    error,
    predictedWithoutFamily,
    fitted,
    checked: {
      against: recipe.source,
      model: recipe.model,
      family,
      hardware: chip.name,
      batchPerDevice,
      activations: plan.activations,
      remat: plan.remat,
      memory: null,
      time: time.isUpperBound ? null : unfittedError,
    },
  };
}

function named(name: string): Recipe {
  const recipe = recipes.find((it) => it.name === name);
  if (!recipe) throw new Error(`a profile was fitted to ${name}, which is no recipe`);
  return recipe;
}

function familyOf(recipe: Recipe): string {
  const chip = tpuOf(queryOf(recipe));
  return comparedFamily(trainingStepOf(queryOf(recipe), chip.devices).model) ?? "none";
}

/** All runs whose time was published. */
export const compareRuns = (): readonly ComparedRun[] =>
  recipes.flatMap((recipe) => compareRun(recipe) ?? []);

/** A step that was run beside its prediction. */
export interface ComparedRanStep {
  readonly ran: RanSteps["steps"][number];
  readonly prediction: Prediction;
  /** Seconds by the data sheet and assumptions, with nothing in force that was fitted to measured steps. */
  readonly unfittedSeconds: number;
  readonly checked: CheckedStep;
}

function compareRanStep(ran: RanSteps["steps"][number], device: string): ComparedRanStep {
  const { model, hardware, globalBatch, stepSeconds, peakBytes, role } = ran;
  const query: Query = { model, modelOptions: {}, hardware, globalBatch, plan: { devices: 1 } };
  const prediction = predict(query);
  const unfitted = predict(query, { corrections: () => false });
  const { plan, batchPerDevice, memory, time } = prediction;
  const checked: CheckedStep = {
    against: ranOn(device),
    model,
    family: comparedFamily(trainingStepOf(query, 1).model) ?? "none",
    hardware,
    batchPerDevice,
    activations: plan.activations,
    remat: plan.remat,
    memory: memory.peakBytes / peakBytes - 1,
    // How close a fitted row came says nothing of how close the next one will.
    time: role === "fitted" ? null : time.stepSeconds / stepSeconds - 1,
  };
  return { ran, prediction, unfittedSeconds: unfitted.time.stepSeconds, checked };
}

/** All steps that were run on a GPU. */
export const compareRanSteps = (): readonly ComparedRanStep[] =>
  ranSteps().flatMap(({ steps, with: { device } }) =>
    steps.map((ran) => compareRanStep(ran, device ?? "a GPU")),
  );
