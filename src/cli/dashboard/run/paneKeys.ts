/** @file The keys of the view of training runs: what each does to it, what it has done outside, and the words for them. */
import { UserError } from "../../../units/userError.js";
import type { Key, KeyHint } from "../key.js";
import { lineAfter } from "../lineEditor.js";
import { isRunning, type RunPane, unwatched, withoutMessage } from "./pane.js";
import { runAfter } from "./runState.js";
import { trainingArguments } from "./trainingArguments.js";

/** What is to be done outside; `runEffects` does it. */
export type RunEffect =
  /** Trains, with arguments of `willfit train`. */
  | { readonly kind: "start"; readonly arguments: readonly string[] }
  /** Ends the run that is watched after the step at hand; the second time at once. */
  | { readonly kind: "stop"; readonly folder: string }
  /** Goes on with a run from its newest checkpoint. */
  | { readonly kind: "resume"; readonly folder: string }
  /** Watches a run. */
  | { readonly kind: "attach"; readonly folder: string }
  /** Looks which runs there are, and watches none. */
  | { readonly kind: "list" };

export interface Pressed {
  readonly pane: RunPane;
  readonly effects: readonly RunEffect[];
}

const only = (pane: RunPane): Pressed => ({ pane, effects: [] });

/** Starts what the command line says. */
function start(pane: RunPane): Pressed {
  if (pane.training !== undefined) {
    return only({ ...pane, message: `${pane.training} is being trained: stop it first` });
  }
  try {
    const given = trainingArguments(pane.command.text);
    return {
      pane: { ...withoutMessage(pane), isEditing: false },
      effects: [{ kind: "start", arguments: given }],
    };
  } catch (error) {
    if (error instanceof UserError) return only({ ...pane, message: error.message });
    throw error;
  }
}

function whileEditing(pane: RunPane, key: Key): Pressed {
  if (key.name === "enter") return start(pane);
  if (key.name === "escape") return only({ ...pane, isEditing: false });
  return only({ ...withoutMessage(pane), command: lineAfter(pane.command, key) });
}

/** Rows that a page is taken to have. */
const PAGE = 10;

const jumps: Readonly<Partial<Record<Key["name"], number>>> = {
  up: -1,
  down: 1,
  pageUp: -PAGE,
  pageDown: PAGE,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

/** Another choice from command line and runs, which are in one column. */
function moved(pane: RunPane, by: number): RunPane {
  const { selected, ...rest } = pane;
  const { runs } = pane;
  const now = runs.findIndex(({ folder }) => folder === selected);
  const chosen = runs[Math.min(runs.length - 1, Math.max(-1, now + by))];
  return chosen ? { ...rest, selected: chosen.folder } : rest;
}

function inList(pane: RunPane, { name, text }: Key): Pressed {
  const jump = jumps[name];
  if (jump !== undefined) return only(moved(pane, jump));
  const { selected, ...rest } = pane;
  if (name === "text" && text === "e") return only({ ...withoutMessage(rest), isEditing: true });
  if (name !== "enter") return only(pane);
  if (selected === undefined) return start(pane);
  return { pane: withoutMessage(pane), effects: [{ kind: "attach", folder: selected }] };
}

function whileWatching(pane: RunPane, { name, text }: Key): Pressed {
  const { watched, training } = pane;
  if (!watched) return only(pane);
  const { folder, state, chart } = watched;
  if (name === "escape") return { pane: unwatched(pane), effects: [{ kind: "list" }] };
  if (name !== "text") return only(pane);
  if (text === "a") {
    return only({ ...pane, watched: { ...watched, chart: chart === "loss" ? "accuracy" : "loss" } });
  }
  if (text === "s" && isRunning(pane)) {
    const stopping = runAfter(state, { kind: "stopping" });
    return {
      pane: { ...pane, watched: { ...watched, state: stopping } },
      effects: [{ kind: "stop", folder }],
    };
  }
  if (text === "r" && canResume(pane)) {
    if (training !== undefined) {
      const noted = runAfter(state, { kind: "noted", text: `${training} is being trained: stop it first` });
      return only({ ...pane, watched: { ...watched, state: noted } });
    }
    return { pane, effects: [{ kind: "resume", folder }] };
  }
  return only(pane);
}

/** Whether there is something left of the run that is watched. */
function canResume(pane: RunPane): boolean {
  const { watched } = pane;
  return watched?.run?.command !== undefined && !isRunning(pane) && watched.state.outcome !== "finished";
}

/** What a key does; to one with Ctrl, nothing but while a line is edited. */
export function paneKey(pane: RunPane, key: Key): Pressed {
  if (pane.isEditing) return whileEditing(pane, key);
  if (key.ctrl) return only(pane);
  return pane.watched ? whileWatching(pane, key) : inList(pane, key);
}

/** The keys there are. */
export function paneKeys(pane: RunPane): readonly KeyHint[] {
  if (pane.isEditing) {
    return [
      { key: "enter", does: "start" },
      { key: "esc", does: "leave the line" },
    ];
  }
  if (!pane.watched) {
    return [
      { key: "enter", does: pane.selected === undefined ? "start" : "watch" },
      { key: "e", does: "edit the command" },
      { key: "↑↓", does: "choose" },
    ];
  }
  const { state, chart } = pane.watched;
  const stop = state.isStopping ? "stop at once" : "stop, with a checkpoint";
  return [
    ...(isRunning(pane) ? [{ key: "s", does: stop }] : []),
    ...(canResume(pane) ? [{ key: "r", does: "resume" }] : []),
    { key: "a", does: chart === "loss" ? "accuracy" : "loss" },
    { key: "esc", does: "all runs" },
  ];
}
