/** @file What the keys of the view of scopes do. */

import { blocksTogether } from "../../../../sim/memoryReport.js";
import { type AppState, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";
import { moved } from "../moved.js";
import { firstOpen, type ScopeRow, type ScopeSort, scopeRows, scopeSorts } from "./scopeRows.js";
import type { ScopesPane } from "./scopesPane.js";
import { stepOf } from "./shownStep.js";

/** Scopes that page up and page down pass over. */
const PAGE = 10;

/** The rows that there are, and which of them is selected. */
export interface ShownScopes {
  readonly rows: readonly ScopeRow[];
  readonly selected: number;
}

/** Other models have not what was selected: then it is the nearest scope around it. */
function selectedRow(rows: readonly ScopeRow[], path: string): number {
  const at = rows.findIndex((row) => row.path === path);
  if (at >= 0 || path === "") return Math.max(0, at);
  return selectedRow(rows, path.slice(0, Math.max(0, path.lastIndexOf("/"))));
}

export function shownScopes(state: AppState): ShownScopes | undefined {
  const step = stepOf(state);
  if (!step) return undefined;
  const { open, selected, sort, areBlocksApart } = state.panes.scopes;
  const root = areBlocksApart ? step.scopesApart : step.scopes;
  const rows = scopeRows(root, open ?? firstOpen(root), sort);
  return { rows, selected: selectedRow(rows, selected) };
}

const to = (state: AppState, pane: Partial<ScopesPane>): Outcome => {
  return { state: withPane(state, "scopes", { ...state.panes.scopes, ...pane }) };
};

/** The paths that are open once that of `row` is, or is not any more. */
function toggled({ rows, selected }: ShownScopes): ReadonlySet<string> {
  const { path, isOpen } = rows[selected]!;
  const open = rows.filter((row) => row.isOpen).map((row) => row.path);
  return new Set(isOpen ? open.filter((it) => it !== path) : [...open, path]);
}

/** Opens, or goes to the first part of what is open. */
function inwards(state: AppState, shown: ShownScopes): Outcome {
  const { rows, selected } = shown;
  const { isOpen, canOpen } = rows[selected]!;
  if (!canOpen) return { state };
  return to(state, isOpen ? { selected: rows[selected + 1]!.path } : { open: toggled(shown) });
}

/** Closes, or goes to what it is a part of. */
function outwards(state: AppState, shown: ShownScopes): Outcome {
  const { rows, selected } = shown;
  const { isOpen, depth } = rows[selected]!;
  if (isOpen) return to(state, { open: toggled(shown) });
  const parent = rows.slice(0, selected).findLast((row) => row.depth < depth);
  return parent ? to(state, { selected: parent.path }) : { state };
}

/** What was open and selected stays so, in one block if it was so in all of them. */
function withBlocks(state: AppState, { rows, selected }: ShownScopes): Outcome {
  const areBlocksApart = !state.panes.scopes.areBlocksApart;
  const path = areBlocksApart ? (text: string) => text.replaceAll("*", "0") : blocksTogether;
  const open = rows.filter((row) => row.isOpen).map((row) => path(row.path));
  return to(state, { areBlocksApart, open: new Set(open), selected: path(rows[selected]!.path) });
}

function nextSort({ sort }: ScopesPane): ScopeSort {
  return scopeSorts[(scopeSorts.indexOf(sort) + 1) % scopeSorts.length]!;
}

export function scopesKeyed(state: AppState, key: Key): Outcome | undefined {
  const shown = shownScopes(state);
  if (!shown || key.ctrl) return undefined;
  const { rows, selected } = shown;
  if (key.name === "right") return inwards(state, shown);
  if (key.name === "left") return outwards(state, shown);
  if (key.name === "enter") return rows[selected]!.canOpen ? to(state, { open: toggled(shown) }) : { state };
  if (key.text === "s") return to(state, { sort: nextSort(state.panes.scopes) });
  if (key.text === "t") return withBlocks(state, shown);
  const next = moved(key, selected, rows.length, PAGE);
  return next === undefined ? undefined : to(state, { selected: rows[next]!.path });
}
