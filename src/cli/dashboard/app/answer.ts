/** @file Answers one question of the screen. Also what its worker threads load: nothing of ink or React. */
import { adviceOn } from "../../../../sim/fit.js";
import { largestBatches } from "../../../../sim/limits.js";
import { predict } from "../../../../sim/predict.js";
import { stepReport } from "../../../../sim/stepReport.js";
import { findRecipe } from "../../../recipes/recipes.js";
import { UserError } from "../../../units/userError.js";
import type { Answer, AnswerTypes, Ask, AskKind } from "./answers.js";
import type { Question } from "./question.js";

const how: { readonly [K in AskKind]: (question: Question) => AnswerTypes[K] } = {
  prediction: ({ recipe, ...query }) =>
    predict(query, recipe === undefined ? {} : { recipe: findRecipe(recipe) }),
  largest: largestBatches,
  advice: (query) => adviceOn(query, predict(query)),
  step: stepReport,
};

/** The answer, or what is wrong with the question. */
export function answer({ kind, question }: Ask): Answer<AnswerTypes[AskKind]> {
  try {
    return { value: how[kind](question) };
  } catch (error) {
    if (error instanceof UserError) return { error: error.message };
    throw error;
  }
}
