/** @file The step that the Explore views show: the question's, or while that is simulated the one of the question before. */
import type { StepReport } from "../../../../sim/stepReport.js";
import { type Ask, answerTo, ask, known } from "../app/answers.js";
import { neighbours } from "../app/fields.js";
import type { AppState } from "../app/state.js";

export interface ShownStep {
  readonly step: StepReport;
  /** Whether it is the question's own. */
  readonly isCurrent: boolean;
}

/** The step, or why there is none; undefined while there is nothing to show. */
export function shownStep({
  answers,
  question,
  past,
}: Pick<AppState, "answers" | "question" | "past">): ShownStep | { readonly error: string } | undefined {
  const answer = answerTo(answers, ask("step", question));
  if (answer) return "error" in answer ? answer : { step: answer.value, isCurrent: true };
  const before = past.at(-1);
  const step = before && known(answers, ask("step", before));
  return step && { step, isCurrent: false };
}

/** The question's step, and those of the batches to both sides, so that they are there when a key asks for them. */
export function stepAsks({ question }: Pick<AppState, "question">): readonly Ask[] {
  return [question, ...neighbours(question)].map((it) => ask("step", it));
}

/** What keys are about. */
export function stepOf(state: AppState): StepReport | undefined {
  const shown = shownStep(state);
  return shown && "step" in shown ? shown.step : undefined;
}
