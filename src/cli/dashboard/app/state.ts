/** @file What the whole dashboard knows, and what happens to it besides the keys of single views. */
import type { Prediction } from "../../../../sim/prediction.js";
import type { Size } from "../size.js";
import { type Answer, type Answers, type AnswerTypes, type Ask, ask, known, withAnswer } from "./answers.js";
import type { Overlay } from "./overlay.js";
import type { Panes } from "./panes.js";
import type { Question } from "./question.js";

/** In the order of their keys, from 1. */
export const viewNames = [
  "plan",
  "memory",
  "scopes",
  "roofline",
  "batches",
  "compare",
  "train",
  "trust",
] as const;
export type ViewName = (typeof viewNames)[number];

export interface AppState {
  readonly size: Size;
  readonly view: ViewName;
  readonly question: Question;
  /** What was asked before, the last one at the end. */
  readonly past: readonly Question[];
  readonly answers: Answers;
  /** The newest prediction there is: of an older question while that of this one is not there yet. */
  readonly shown?: Prediction;
  readonly overlay?: Overlay<AppState>;
  readonly showsHelp: boolean;
  /** The dashboard is left as soon as the run that it trains has ended. */
  readonly isLeaving: boolean;
  /** What each view keeps for itself. */
  readonly panes: Panes;
}

/** The prediction of the question as it is. */
export const predictionAsk = ({ question }: Pick<AppState, "question">): Ask<"prediction"> =>
  ask("prediction", question);

/** The prediction that is shown, if it is of the question as it is. */
export function currentPrediction(state: AppState): Prediction | undefined {
  return known(state.answers, predictionAsk(state));
}

function shown(state: AppState): AppState {
  const prediction = currentPrediction(state);
  return prediction ? { ...state, shown: prediction } : state;
}

/** Questions one can go back to. */
const MOST_PAST = 100;

/** The state with another question. */
export function asking(state: AppState, question: Question): AppState {
  if (JSON.stringify(question) === JSON.stringify(state.question)) return state;
  const past = [...state.past, state.question].slice(-MOST_PAST);
  return shown({ ...state, question, past });
}

/** The question before this one. */
export function undone(state: AppState): AppState {
  const question = state.past.at(-1);
  return question ? shown({ ...state, question, past: state.past.slice(0, -1) }) : state;
}

export function answered(
  state: AppState,
  asked: Ask,
  answer: Answer<AnswerTypes[keyof AnswerTypes]>,
): AppState {
  return shown({ ...state, answers: withAnswer(state.answers, asked, answer) });
}

/** The state with something else in one view's own. */
export function withPane<V extends ViewName>(state: AppState, view: V, pane: Panes[V]): AppState {
  return { ...state, panes: { ...state.panes, [view]: pane } };
}
