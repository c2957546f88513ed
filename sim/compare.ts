/**
 * @file Models side by side: at an equal batch, and at the largest that each has room for.
 */
import { type ModelOptions, optionFlag } from "../src/models/options.js";
import { buildModel, type ModelLike, optionNames } from "../src/models/zoo.js";
import { defaultPlan } from "../src/transforms/plan.js";
import { UserError } from "../src/units/userError.js";
import { type HardwareLike, loadHardware } from "./hardware.js";
import { type LargestBatches, largestBatches } from "./limits.js";
import { predict } from "./predict.js";
import type { Prediction } from "./prediction.js";
import { nameOf, type Query } from "./query.js";

/** Models to compare on one machine. */
export interface CompareQuestion<M = string, H = string> {
  /** In the order in which they are to come. */
  readonly models: readonly M[];
  /** Each model takes those that it has. */
  readonly modelOptions: ModelOptions;
  /** The machine of all of them. */
  readonly hardware: H;
  /** What the plan of all of them says other than by default. */
  readonly plan: Query["plan"];
  /** Left out, it is the largest natural one that fits all of them. */
  readonly globalBatch?: number;
}

/** Of models and a machine that need not be in any list. */
export type AnyCompareQuestion = CompareQuestion<ModelLike, HardwareLike>;

/** One of the models. */
export interface ComparedModel extends LargestBatches {
  /** What it is called. */
  readonly model: string;
  /** Those of the question that it has. */
  readonly modelOptions: ModelOptions;
  /** Its parameters. */
  readonly params: number;
  /** Forward and backward. */
  readonly modelFlopsPerExample: number;
  /** What it takes with the batch of all of them. */
  readonly atEqualBatch: Prediction;
  /** Null where no batch fits. */
  readonly atLargestBatch: Prediction | null;
}

/** Models side by side. */
export interface Comparison {
  /** What the machine is called. */
  readonly hardware: string;
  /** The equal batch. */
  readonly globalBatch: number;
  /** In the order of the question. */
  readonly models: readonly ComparedModel[];
}

/** The options that a model has. */
function optionsOf(model: ModelLike, modelOptions: ModelOptions): ModelOptions {
  const names = optionNames(model);
  return Object.fromEntries(Object.entries(modelOptions).filter(([name]) => names.includes(name)));
}

/** @throws UserError for an option that none of the models has */
function checkOptions(models: readonly ModelLike[], modelOptions: ModelOptions): void {
  for (const name of Object.keys(modelOptions)) {
    if (models.some((model) => optionNames(model).includes(name))) continue;
    throw new UserError(`${optionFlag(name)}: none of ${models.map(nameOf).join(", ")} has this option`);
  }
}

/** The largest of `unit`, twice, four times … it for which `fits` holds and that does not exceed `most`; else `unit`. */
function naturalBatch(unit: number, most: number, fits: (batch: number) => boolean): number {
  let batch = unit;
  while (2 * batch <= most) batch *= 2;
  // What is less than the largest batch fits nearly always: not where the compiler begins to recompute.
  while (batch > unit && !fits(batch)) batch /= 2;
  return batch;
}

/**
 * Compares models on one machine with one plan.
 *
 * @throws UserError for an unknown model or machine, an option that none of the models has, or a batch that does not divide
 * among the devices
 */
export function compare({
  models,
  modelOptions,
  hardware,
  plan,
  globalBatch,
}: AnyCompareQuestion): Comparison {
  const { devices } = loadHardware(hardware);
  for (const model of models) buildModel(model);
  checkOptions(models, modelOptions);
  const questions = models.map((model) => ({
    model,
    modelOptions: optionsOf(model, modelOptions),
    hardware,
    plan,
  }));
  if (globalBatch !== undefined) {
    // A batch that does not divide is found out before the searches.
    for (const question of questions) predict({ ...question, globalBatch });
  }
  const largest = questions.map(largestBatches);
  const smallest = Math.min(...largest.map(({ largestBatch }) => largestBatch));
  const unit = (plan.devices ?? devices) * (plan.microbatches ?? defaultPlan.microbatches);
  const allFit = (batch: number) =>
    questions.every(
      (question) => predict({ ...question, globalBatch: batch }).memory.verdict !== "does-not-fit",
    );
  const equal = globalBatch ?? naturalBatch(unit, smallest, allFit);
  return {
    hardware: nameOf(hardware),
    globalBatch: equal,
    models: questions.map((question, i) => {
      const limits = largest[i]!;
      const atEqualBatch = predict({ ...question, globalBatch: equal });
      const { params, modelFlopsPerExample } = atEqualBatch;
      const { largestBatch } = limits;
      return {
        model: nameOf(question.model),
        modelOptions: question.modelOptions,
        params,
        modelFlopsPerExample,
        atEqualBatch,
        ...limits,
        atLargestBatch: largestBatch === 0 ? null : predict({ ...question, globalBatch: largestBatch }),
      };
    }),
  };
}
