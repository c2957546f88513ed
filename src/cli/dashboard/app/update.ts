/** @file What everything that happens makes of the state. Nothing here does anything: what is to be done comes out as effects. */
import type { Key, KeyName } from "../key.js";
import { type PaneEvent, paneAfter } from "../run/pane.js";
import type { Size } from "../size.js";
import type { Answer, AnswerTypes, Ask } from "./answers.js";
import { ask } from "./answers.js";
import { editingField } from "./editing.js";
import { batchUnit, neighbours, nextBatch } from "./fields.js";
import { overlayKeyed } from "./overlay.js";
import { initialPanes } from "./panes.js";
import type { Question } from "./question.js";
import {
  type AppState,
  answered,
  asking,
  predictionAsk,
  undone,
  type ViewName,
  viewNames,
  withPane,
} from "./state.js";
import type { Outcome } from "./view.js";
import { views } from "./views.js";

export type AppEvent =
  | { readonly kind: "key"; readonly key: Key }
  | {
      readonly kind: "answered";
      readonly asked: Ask;
      readonly answer: Answer<AnswerTypes[keyof AnswerTypes]>;
    }
  /** Of a training run. */
  | { readonly kind: "run"; readonly event: PaneEvent }
  | { readonly kind: "leaving" }
  | { readonly kind: "turned"; readonly view: ViewName }
  | { readonly kind: "resized"; readonly size: Size };

export function initialState(question: Question, size: Size): AppState {
  return {
    size,
    view: "plan",
    question,
    past: [],
    answers: new Map(),
    showsHelp: false,
    isLeaving: false,
    panes: initialPanes(question),
  };
}

function withBatch(state: AppState, direction: -1 | 1): AppState {
  const { question } = state;
  const batch = nextBatch(question.globalBatch, batchUnit(question), direction);
  return batch === undefined ? state : asking(state, { ...question, globalBatch: batch });
}

/** Keys that do the same in every view. */
const everywhere: Readonly<Record<string, (state: AppState) => AppState>> = {
  "?": (state) => ({ ...state, showsHelp: !state.showsHelp }),
  m: (state) => editingField(state, "model"),
  h: (state) => editingField(state, "hardware"),
  b: (state) => editingField(state, "batch"),
  r: (state) => editingField(state, "recipe"),
  u: undone,
  "-": (state) => withBatch(state, -1),
  "+": (state) => withBatch(state, 1),
  // The same key without shift.
  "=": (state) => withBatch(state, 1),
  "[": (state) => turned(state, -1),
  "]": (state) => turned(state, 1),
};

function turned(state: AppState, direction: -1 | 1): AppState {
  const next = (viewNames.indexOf(state.view) + direction + viewNames.length) % viewNames.length;
  return { ...state, view: viewNames[next]! };
}

const isQuit = ({ text, ctrl }: Key) => (ctrl ? text === "c" : text === "q");

/** What hands that stay on the letters press for the arrows. */
const arrows: Readonly<Record<string, KeyName>> = { j: "down", k: "up" };

/** What a key does in the view; j and k where they are no letters of its own. */
function ofView(state: AppState, key: Key): Outcome | undefined {
  const { keyed: own } = views[state.view];
  const arrow = key.ctrl ? undefined : arrows[key.text];
  return own(state, key) ?? (arrow && own(state, { ...key, name: arrow, text: "" }));
}

function keyed(state: AppState, key: Key): Outcome {
  // Ctrl-C ends whatever there is; other keys are letters while something is typed.
  if (key.ctrl && isQuit(key)) return { state, effects: [{ kind: "quit" }] };
  if (state.overlay) return { state: overlayKeyed(state, state.overlay, key) };
  if (state.showsHelp && key.name === "escape") return { state: { ...state, showsHelp: false } };
  const own = state.showsHelp ? undefined : ofView(state, key);
  if (own) return own;
  if (isQuit(key)) return { state, effects: [{ kind: "quit" }] };
  const digit = /^[1-8]$/.test(key.text) && !key.ctrl ? Number(key.text) : undefined;
  if (digit !== undefined) return { state: { ...state, view: viewNames[digit - 1]!, showsHelp: false } };
  return { state: (key.ctrl ? undefined : everywhere[key.text])?.(state) ?? state };
}

function happened(state: AppState, event: AppEvent): Outcome {
  switch (event.kind) {
    case "key":
      return keyed(state, event.key);
    case "answered":
      return { state: answered(state, event.asked, event.answer) };
    case "run":
      return { state: withRun(state, event.event) };
    case "turned":
      return { state: { ...state, view: event.view } };
    case "leaving":
      return { state: { ...state, isLeaving: true } };
    case "resized":
      return { state: { ...state, size: event.size } };
  }
}

const withRun = (state: AppState, event: PaneEvent): AppState =>
  withPane(state, "train", paneAfter(state.panes.train, event));

/** What follows for the view of runs: it suggests the model at hand, and lists the runs there are when it is turned to. */
function withRunsTold(before: AppState, { state, effects = [] }: Outcome): Outcome {
  const { model } = state.question;
  const told = model === state.panes.train.model ? state : withRun(state, { kind: "model", model });
  const isTurnedTo = before.view !== "train" && state.view === "train" && !state.panes.train.watched;
  return { state: told, effects: isTurnedTo ? [...effects, { kind: "list" }] : effects };
}

export function update(state: AppState, event: AppEvent): Outcome {
  return withRunsTold(state, happened(state, event));
}

/** What the simulator is wanted to answer, what is most wanted first. */
export interface Wanted {
  /** What a key may ask for next: within milliseconds of it. */
  readonly quick: readonly Ask[];
  readonly thorough: readonly Ask[];
}

export function wantedBy(state: AppState): Wanted {
  const { wanted, foreseen } = views[state.view];
  const next = [...neighbours(state.question), ...(foreseen?.(state) ?? [])];
  return {
    quick: [predictionAsk(state), ...next.map((question) => ask("prediction", question))],
    thorough: wanted(state),
  };
}
