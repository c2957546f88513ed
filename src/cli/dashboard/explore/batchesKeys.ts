/** @file What the keys of the view of batches do. */

import { type AppState, asking, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key, KeyName } from "../key.js";
import { moved } from "../moved.js";
import { batchesOf } from "./batchPoints.js";

/** The batch that enter takes; always one of those that there are. */
export function selectedBatch(state: AppState): number {
  const { globalBatch } = state.question;
  const { moved: way } = state.panes.batches;
  const isThere = way?.from === globalBatch && batchesOf(state).includes(way.to);
  return isThere ? way.to : globalBatch;
}

/** Batches that page up and page down pass over. */
const PAGE = 4;

/** Larger batches are to the right in the charts, and below in the table. */
const alike: Readonly<Partial<Record<KeyName, KeyName>>> = { left: "up", right: "down" };

export function batchesKeyed(state: AppState, key: Key): Outcome | undefined {
  const { question } = state;
  const selected = selectedBatch(state);
  if (key.name === "enter") return { state: asking(state, { ...question, globalBatch: selected }) };
  const batches = batchesOf(state);
  const name = alike[key.name] ?? key.name;
  const at = moved({ ...key, name }, batches.indexOf(selected), batches.length, PAGE);
  if (at === undefined) return undefined;
  return { state: withPane(state, "batches", { moved: { from: question.globalBatch, to: batches[at]! } }) };
}
