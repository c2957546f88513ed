/** @file What the view of questions side by side keeps for itself. */
import type { Question } from "../app/question.js";

/** A column: what is asked, but for the batch. */
export type Compared = Omit<Question, "globalBatch" | "recipe">;

export interface ComparePane {
  /** One to four. */
  readonly columns: readonly Compared[];
  readonly selected: number;
}

export const initialComparePane = (question: Question): ComparePane => ({ columns: [question], selected: 0 });
