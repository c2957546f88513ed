/** @file What the view of scopes keeps for itself. */

export interface ScopesPane {
  readonly selected: number;
}

export const initialScopesPane: ScopesPane = { selected: 0 };
