/** @file What the dashboard's figures are the answer to. */
import type { Query } from "../../../../sim/query.js";
import { queryOf } from "../../../../sim/query.js";
import { familyOptions } from "../../../models/options.js";
import { zoo } from "../../../models/zoo.js";
import type { Recipe } from "../../../recipes/recipes.js";

export interface Question extends Query {
  /** The run whose steps, hours and price are wanted. */
  readonly recipe?: string;
}

/** A question as a recipe has it. */
export const questionOf = (recipe: Recipe): Question => ({ ...queryOf(recipe), recipe: recipe.name });

/** The same of another model, with those of the options that it has, too. */
export function withModel(question: Question, model: string): Question {
  const { shape } = familyOptions[zoo[model]!.family];
  const kept = Object.entries(question.modelOptions).filter(([name]) => name in shape);
  // What was said of another family's sizes means nothing here.
  const isKin = zoo[model]!.family === zoo[question.model]!.family;
  return { ...question, model, modelOptions: isKin ? Object.fromEntries(kept) : {} };
}

/** The same on another machine, on all of its devices. */
export function withHardware({ plan, ...question }: Question, hardware: string): Question {
  const { devices: _, ...others } = plan;
  return { ...question, hardware, plan: others };
}
