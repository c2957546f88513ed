/**
 * @file The training steps of one model and plan for all batches; those that were asked for last are kept.
 */
import type { Model, ModelDefinition } from "../src/models/model.js";
import { buildModel, type ModelLike } from "../src/models/zoo.js";
import { programFamily } from "../src/program/family.js";
import type { Program } from "../src/program/types.js";
import { batchPerDevice } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { type AnyQuery, type OpenPlan, type OpenQuery, openPlanFor, type TrainingStep } from "./query.js";

/** A model and a plan whose batch is open. */
export interface TrainingSteps {
  readonly model: Model;
  readonly plan: OpenPlan;
  /** By global batch, which has to divide among devices and microbatches. */
  readonly programAt: (globalBatch: number) => Program;
}

/** What is kept of them. */
interface Family extends TrainingSteps {
  /** Of the largest program so far. */
  operations: number;
}

/**
 * Operations of the families that are kept, all together: about 1 kB each with what the passes know of them (SigLIP B/16: 0.9 kB).
 * A model is some 10,000 to 30,000, times its microbatches.
 */
const OPERATIONS_KEPT = 200_000;

/** Least recently used first. */
const families = new Map<string, Family>();

/** Definitions by number: two of one name are two models. */
const numbers = new WeakMap<ModelDefinition, number>();
let nextNumber = 0;

/** The name of a model of the zoo, the number of a definition. */
function identityOf(model: ModelLike): string | number {
  if (typeof model === "string") return model;
  const number = numbers.get(model) ?? nextNumber++;
  numbers.set(model, number);
  return number;
}

/** Forgets those that were not used for longest. */
function forgetOldest(): void {
  let kept = [...families.values()].reduce((total, { operations }) => total + operations, 0);
  for (const [key, { operations }] of families) {
    if (kept <= OPERATIONS_KEPT || families.size === 1) return;
    families.delete(key);
    kept -= operations;
  }
}

/**
 * The programs of a question for all batches, for those who only read the programs' types: at most two are traced, and all share
 * what passes found out about them (see `programFamily`).
 *
 * @throws UserError for an unknown model
 */
export function sizedTrainingSteps(query: OpenQuery, devices: number): TrainingSteps {
  const { model: asked, modelOptions = {}, plan: askedPlan = {} } = query;
  const key = JSON.stringify([identityOf(asked), modelOptions, askedPlan, devices]);
  const known = families.get(key);
  if (known) {
    families.delete(key);
    families.set(key, known);
    return known;
  }
  const model = buildModel(asked, modelOptions);
  const plan = openPlanFor(query, model, devices);
  const programs = programFamily((globalBatch) => traceTrainingStep(model, { ...plan, globalBatch }));
  const family: Family = {
    model,
    plan,
    operations: 0,
    programAt: (globalBatch) => {
      const program = programs(globalBatch);
      family.operations = Math.max(family.operations, program.operations.length);
      forgetOldest();
      return program;
    },
  };
  families.set(key, family);
  return family;
}

/**
 * `trainingStepOf` for those who only read the program's types.
 *
 * @throws UserError like `trainingStepOf`
 */
export function sizedTrainingStepOf(query: Omit<AnyQuery, "hardware">, devices: number): TrainingStep {
  const { model, plan: open, programAt } = sizedTrainingSteps(query, devices);
  const plan = { ...open, globalBatch: query.globalBatch };
  // A batch that does not divide has to be refused whether or not it is traced.
  batchPerDevice(plan);
  return { model, plan, program: programAt(plan.globalBatch) };
}
