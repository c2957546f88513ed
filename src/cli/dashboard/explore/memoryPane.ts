/** @file What the view of memory keeps for itself. */

export interface MemoryPane {
  /** How far into the step the cursor is, from 0 to 1; at the worst moment where left out. */
  readonly cursor?: number;
  /** The tensor that is told more of. */
  readonly tensor: number;
}

export const initialMemoryPane: MemoryPane = { tensor: 0 };
