/** @file What the view of batches keeps for itself, and what its keys do. */
import { type AppState, asking, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key, KeyName } from "../key.js";
import { batchesOf } from "./batchPoints.js";

export interface BatchesPane {
  /** The batch that keys have led to, from that of the question; with another question its own is selected again. */
  readonly moved?: { readonly from: number; readonly to: number };
}

export const initialBatchesPane: BatchesPane = {};

/** The batch that enter takes; always one of those that there are. */
export function selectedBatch(state: AppState): number {
  const { globalBatch } = state.question;
  const { moved } = state.panes.batches;
  const isThere = moved?.from === globalBatch && batchesOf(state).includes(moved.to);
  return isThere ? moved.to : globalBatch;
}

function moved(state: AppState, to: (at: number, last: number) => number): AppState {
  const batches = batchesOf(state);
  const last = batches.length - 1;
  const at = Math.max(0, Math.min(last, to(batches.indexOf(selectedBatch(state)), last)));
  return withPane(state, "batches", { moved: { from: state.question.globalBatch, to: batches[at]! } });
}

/** Larger batches are to the right in the charts, and below in the table. */
const moves: Readonly<Partial<Record<KeyName, (at: number, last: number) => number>>> = {
  left: (at) => at - 1,
  up: (at) => at - 1,
  right: (at) => at + 1,
  down: (at) => at + 1,
  home: () => 0,
  end: (_, last) => last,
};

export function batchesKeyed(state: AppState, key: Key): Outcome | undefined {
  const move = moves[key.name];
  if (move) return { state: moved(state, move) };
  if (key.name !== "enter") return undefined;
  return { state: asking(state, { ...state.question, globalBatch: selectedBatch(state) }) };
}
