/** @file What is asked for a column of questions side by side, and what is known of it. */
import { answerTo, ask, known } from "../app/answers.js";
import type { AppState } from "../app/state.js";
import { questionOfColumn } from "./compareKeys.js";
import type { Column } from "./comparePane.js";
import type { ColumnFigures } from "./compareRows.js";

export const predictionOf = (state: AppState, column: Column) =>
  ask("prediction", questionOfColumn(state, column));
export const largestOf = (state: AppState, column: Column) => ask("largest", questionOfColumn(state, column));

/** The same column at its largest batch, where there is one. */
export function atLargestOf(state: AppState, column: Column) {
  const batch = known(state.answers, largestOf(state, column))?.largestBatch;
  if (!batch) return undefined;
  const { recipe: _, ...question } = questionOfColumn(state, column);
  return ask("prediction", { ...question, globalBatch: batch });
}

export function figuresOf(state: AppState, column: Column): ColumnFigures {
  const answer = answerTo(state.answers, predictionOf(state, column));
  const largest = known(state.answers, largestOf(state, column));
  const asked = atLargestOf(state, column);
  const atLargest = asked && known(state.answers, asked);
  return {
    question: questionOfColumn(state, column),
    ...(answer && ("value" in answer ? { prediction: answer.value } : { error: answer.error })),
    ...(largest && { largest }),
    ...(atLargest && { atLargest }),
  };
}
