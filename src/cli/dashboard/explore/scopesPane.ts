/** @file What the view of scopes keeps for itself. */
import type { ScopeSort } from "./scopeRows.js";

export interface ScopesPane {
  /** Scopes whose parts are shown; those that are open at first where left out. */
  readonly open?: ReadonlySet<string>;
  /** The path of the one that keys are about. */
  readonly selected: string;
  readonly sort: ScopeSort;
  readonly areBlocksApart: boolean;
}

export const initialScopesPane: ScopesPane = { selected: "", sort: "seconds", areBlocksApart: false };
