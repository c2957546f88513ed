/**
 * @file The question that the simulator is asked, and the program that it is asked about.
 */
import type { Model } from "../src/models/model.js";
import type { ModelOptions } from "../src/models/options.js";
import { buildModel, type ModelLike } from "../src/models/zoo.js";
import type { Program } from "../src/program/types.js";
import type { Recipe } from "../src/recipes/recipes.js";
import { defaultPlan, type Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import type { HardwareLike } from "./hardware.js";

/** A question. Model and machine are names, unless it says otherwise: see `AnyQuery`. */
export interface Query<M = string, H = string> {
  /** What is trained. */
  readonly model: M;
  /** What is said of its options; `{}` for the model as it is. */
  readonly modelOptions: ModelOptions;
  /** What it is trained on. */
  readonly hardware: H;
  /** Examples of a step, over all devices. */
  readonly globalBatch: number;
  /** What the plan says other than by default; `devices` stands for the profile's own number. */
  readonly plan: Partial<Omit<Plan, "globalBatch">>;
}

/**
 * A question whose model and machine may be definitions, which need no name in any list; the model and the plan are as they are
 * where nothing is said of them.
 */
export type AnyQuery = Omit<Query<ModelLike, HardwareLike>, "modelOptions" | "plan"> &
  Partial<Pick<Query, "modelOptions" | "plan">>;

/** What a model or a machine is called in answers. */
export const nameOf = (like: ModelLike | HardwareLike): string =>
  typeof like === "string" ? like : like.name;

/** The question that a recipe is. */
export function queryOf({ model, modelOptions, hardware, globalBatch, plan }: Recipe): Query {
  return { model, modelOptions, hardware, globalBatch, plan };
}

/** A question for a machine that is known, and for any batch. */
export type OpenQuery = Omit<AnyQuery, "hardware" | "globalBatch">;

/** A plan for any batch. */
export type OpenPlan = Omit<Plan, "globalBatch">;

/** What a plan leaves open comes from the model and the machine. */
export function openPlanFor(
  { plan }: Pick<AnyQuery, "plan">,
  { optimizer }: Pick<Model, "optimizer">,
  devices: number,
): OpenPlan {
  return { ...defaultPlan, optimizer, devices, ...plan };
}

/** The whole plan of a query. */
export function planFor(
  query: Pick<AnyQuery, "plan" | "globalBatch">,
  model: Pick<Model, "optimizer">,
  devices: number,
): Plan {
  return { ...openPlanFor(query, model, devices), globalBatch: query.globalBatch };
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
export function trainingStepOf(query: Omit<AnyQuery, "hardware">, devices: number): TrainingStep {
  const model = buildModel(query.model, query.modelOptions);
  const plan = planFor(query, model, devices);
  return { model, plan, program: traceTrainingStep(model, plan) };
}
