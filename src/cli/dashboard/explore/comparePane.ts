/** @file What the view of questions side by side keeps for itself. */
import type { Question } from "../app/question.js";

/** What is asked of a column, but for the batch and the run, which are the question's. */
export type Compared = Omit<Question, "globalBatch" | "recipe">;

/** A column is the question as it is, or has its own. */
export type Column = "question" | Compared;

export interface ComparePane {
  /** One to four; until a key changes them, the question and the same on another machine. */
  readonly columns?: readonly Column[];
  readonly selected: number;
  /** The first line below the headings that is shown. */
  readonly scrolled: number;
}

export const initialComparePane: ComparePane = { selected: 0, scrolled: 0 };
