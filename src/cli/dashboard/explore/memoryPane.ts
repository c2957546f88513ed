/** @file What the view of memory keeps for itself. */

export interface MemoryPane {
  readonly selected: number;
}

export const initialMemoryPane: MemoryPane = { selected: 0 };
