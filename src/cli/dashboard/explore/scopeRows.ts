/** @file The scopes of a step as rows: of those that are open, their parts below them. */
import type { ScopeCost } from "../../../../sim/breakdown.js";

/** What scopes can be sorted by. */
export const scopeSorts = ["seconds", "bytes", "flops"] as const;
export type ScopeSort = (typeof scopeSorts)[number];

export interface ScopeRow {
  /** The names from the outside in, `vit/encoder/block*`; empty for the whole step. */
  readonly path: string;
  readonly depth: number;
  readonly scope: ScopeCost;
  readonly canOpen: boolean;
  readonly isOpen: boolean;
}

/** @param open the paths whose parts are shown */
export function scopeRows(root: ScopeCost, open: ReadonlySet<string>, sort: ScopeSort): readonly ScopeRow[] {
  const rowsOf = (scope: ScopeCost, path: string, depth: number): readonly ScopeRow[] => {
    const canOpen = scope.children.length > 0;
    const isOpen = canOpen && open.has(path);
    const row = { path, depth, scope, canOpen, isOpen };
    if (!isOpen) return [row];
    const children = scope.children.toSorted((a, b) => b[sort] - a[sort]);
    return [row, ...children.flatMap((child) => rowsOf(child, pathOf(path, child), depth + 1))];
  };
  return rowsOf(root, "", 0);
}

const pathOf = (parent: string, { name }: ScopeCost) => (parent === "" ? name : `${parent}/${name}`);

/** A part with more than this share of what it is a part of is nearly all of it, and tells nothing until it is open. */
const NEARLY_ALL = 0.8;

/** The whole step, and what is nearly all of what is open. */
export function firstOpen(root: ScopeCost): ReadonlySet<string> {
  const open = new Set<string>();
  let path = "";
  let scope: ScopeCost | undefined = root;
  while (scope) {
    open.add(path);
    const { seconds }: ScopeCost = scope;
    scope = scope.children.find((child) => child.seconds > NEARLY_ALL * seconds && child.children.length > 1);
    if (scope) path = pathOf(path, scope);
  }
  return open;
}
