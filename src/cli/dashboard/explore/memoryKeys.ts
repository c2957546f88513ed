/** @file What the keys of the view of memory do. */

import type { MemoryReport } from "../../../../sim/memoryReport.js";
import { type AppState, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";
import { moved } from "../moved.js";
import { alikeOf } from "./largestTensors.js";
import { memoryLayoutOf } from "./memoryLayout.js";
import { partAt, worstMoment } from "./memoryMoments.js";
import type { MemoryPane } from "./memoryPane.js";
import { stepOf } from "./shownStep.js";

/** The column that the cursor is in. */
export function cursorColumn({ cursor }: MemoryPane, report: MemoryReport, across: number): number {
  const seconds = cursor === undefined ? worstMoment(report).seconds : cursor * report.stepSeconds;
  return partAt(seconds, report, across);
}

/** Tensors that page up and page down pass over. */
const PAGE = 6;

/** Columns that an arrow goes with shift. */
const STRIDE = 10;

/** The column that a key leads to. */
function columnAfter(key: Key, column: number, across: number): number | undefined {
  const stride = key.shift ? STRIDE : 1;
  const by: Partial<Record<Key["name"], number>> = {
    left: column - stride,
    right: column + stride,
    home: 0,
    end: across - 1,
  };
  const next = by[key.name];
  return next === undefined ? undefined : Math.max(0, Math.min(across - 1, next));
}

export function memoryKeyed(state: AppState, key: Key): Outcome | undefined {
  const { memory: report } = stepOf(state) ?? {};
  if (!report) return undefined;
  const pane = state.panes.memory;
  const to = (next: MemoryPane): Outcome => ({ state: withPane(state, "memory", next) });
  if (key.name === "enter" || (key.text === "p" && !key.ctrl)) return to({ tensor: pane.tensor });
  // Only columns are of interest, which the height has no part in.
  const { across } = memoryLayoutOf(state.size);
  const column = columnAfter(key, cursorColumn(pane, report, across), across);
  // In the middle of its column, so that it stays there whatever is rounded.
  if (column !== undefined) return to({ ...pane, cursor: (column + 0.5) / across });
  const tensor = moved(key, pane.tensor, alikeOf(report).length, PAGE);
  return tensor === undefined ? undefined : to({ ...pane, tensor });
}
