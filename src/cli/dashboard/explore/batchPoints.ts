/** @file The batches beside the question's: which they are, and what is known of each. */
import { curveBatches } from "../../../../sim/batchCurve.js";
import type { LargestBatches } from "../../../../sim/limits.js";
import type { Prediction, Verdict } from "../../../../sim/prediction.js";
import { answerTo, ask, known } from "../app/answers.js";
import { batchUnit } from "../app/fields.js";
import type { AppState } from "../app/state.js";

/** A batch, and what it comes to once that is known. */
export interface BatchSlot {
  readonly globalBatch: number;
  readonly prediction?: Prediction;
  /** What is wrong with it. */
  readonly error?: string;
}

/** A point of a chart: what does not fit is no dot, and what fits because of the compiler is no full one. */
export const pointMarks: Readonly<Record<Verdict, string>> = {
  fits: "●",
  "fits-with-recompute": "○",
  "does-not-fit": "✗",
};

export const largestAsk = ({ question }: Pick<AppState, "question">) => ask("largest", question);

export const largestOf = (state: AppState): LargestBatches | undefined =>
  known(state.answers, largestAsk(state));

/** Around the question's batch until the largest is known. */
export function batchesOf(state: AppState): readonly number[] {
  const { question } = state;
  const { globalBatch } = question;
  const largestBatch = largestOf(state)?.largestBatch ?? 0;
  return curveBatches({ unit: batchUnit(question), globalBatch, largestBatch });
}

export const batchAsk = ({ question }: AppState, globalBatch: number) =>
  ask("prediction", { ...question, globalBatch });

export function slotsOf(state: AppState): readonly BatchSlot[] {
  return batchesOf(state).map((globalBatch) => {
    const answer = answerTo(state.answers, batchAsk(state, globalBatch));
    if (!answer) return { globalBatch };
    return "value" in answer
      ? { globalBatch, prediction: answer.value }
      : { globalBatch, error: answer.error };
  });
}
