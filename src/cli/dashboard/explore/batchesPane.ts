/** @file What the view of batches keeps for itself. */

export interface BatchesPane {
  readonly selected: number;
}

export const initialBatchesPane: BatchesPane = { selected: 0 };
