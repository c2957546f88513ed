/**
 * @file The question that the simulator is asked, and the program that it is asked about.
 */
import type { Model } from "../src/models/model.js";
import type { ModelOptions } from "../src/models/options.js";
import { buildModel } from "../src/models/zoo.js";
import { programFamily } from "../src/program/family.js";
import type { Program } from "../src/program/types.js";
import type { Recipe } from "../src/recipes/recipes.js";
import { batchPerDevice, defaultPlan, type Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";

export interface Query {
  readonly model: string;
  readonly modelOptions: ModelOptions;
  readonly hardware: string;
  readonly globalBatch: number;
  /** What the plan says other than by default; `devices` stands for the profile's own number. */
  readonly plan: Partial<Omit<Plan, "globalBatch">>;
}

/** The question that a recipe is. */
export function queryOf({ model, modelOptions, hardware, globalBatch, plan }: Recipe): Query {
  return { model, modelOptions, hardware, globalBatch, plan };
}

/** The whole plan of a query: what it leaves open comes from the model and the machine. */
export function planFor(
  query: Pick<Query, "plan" | "globalBatch">,
  { optimizer }: Pick<Model, "optimizer">,
  devices: number,
): Plan {
  return { ...defaultPlan, optimizer, devices, ...query.plan, globalBatch: query.globalBatch };
}

/** A question's model and plan, and the program that each device runs. */
export interface TrainingStep {
  readonly model: Model;
  readonly plan: Plan;
  readonly program: Program;
}

/**
 * What each device runs.
 *
 * @param devices of the machine; the query's plan may say otherwise
 * @throws UserError for an unknown model, or a batch that does not divide among the devices
 */
export function trainingStepOf(query: Omit<Query, "hardware">, devices: number): TrainingStep {
  const model = buildModel(query.model, query.modelOptions);
  const plan = planFor(query, model, devices);
  return { model, plan, program: traceTrainingStep(model, plan) };
}

/** A model and a plan, and its programs for all batches. */
interface Family {
  readonly model: Model;
  readonly programAt: (globalBatch: number) => Program;
}

/** Families kept: each holds tens of megabytes, and who asks for several asks for one after the other. */
const FAMILIES_KEPT = 12;

/** Least recently used first. */
const families = new Map<string, Family>();

function familyFor(
  { model: name, modelOptions, plan, globalBatch }: Omit<Query, "hardware">,
  devices: number,
) {
  const key = JSON.stringify([name, modelOptions, plan, devices]);
  const known = families.get(key);
  families.delete(key);
  const model = known?.model ?? buildModel(name, modelOptions);
  const anyPlan = planFor({ plan, globalBatch }, model, devices);
  const programAt =
    known?.programAt ??
    programFamily((batch) => traceTrainingStep(model, { ...anyPlan, globalBatch: batch }));
  const family: Family = { model, programAt };
  families.set(key, family);
  for (const oldest of families.keys()) {
    if (families.size <= FAMILIES_KEPT) break;
    families.delete(oldest);
  }
  return family;
}

/** A model and a plan whose batch is open. */
export interface TrainingSteps {
  readonly model: Model;
  readonly plan: Plan;
  /** By global batch, which has to divide among devices and microbatches. */
  readonly programAt: (globalBatch: number) => Program;
}

/**
 * The programs of a question for all batches, for those who only read the programs' types: at most two are traced, and all share
 * what passes found out about them (see `programFamily`).
 *
 * @throws UserError for an unknown model
 */
export function sizedTrainingSteps(query: Omit<Query, "hardware">, devices: number): TrainingSteps {
  const { model, programAt } = familyFor(query, devices);
  return { model, plan: planFor(query, model, devices), programAt };
}

/**
 * `trainingStepOf` for those who only read the program's types.
 *
 * @throws UserError like `trainingStepOf`
 */
export function sizedTrainingStepOf(query: Omit<Query, "hardware">, devices: number): TrainingStep {
  const { model, plan, programAt } = sizedTrainingSteps(query, devices);
  // A batch that does not divide has to be refused whether or not it is traced.
  batchPerDevice(plan);
  return { model, plan, program: programAt(plan.globalBatch) };
}
