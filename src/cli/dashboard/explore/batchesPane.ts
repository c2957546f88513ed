/** @file What the view of batches keeps for itself. */

export interface BatchesPane {
  /** The batch that keys have led to, from that of the question; with another question its own is selected again. */
  readonly moved?: { readonly from: number; readonly to: number };
}

export const initialBatchesPane: BatchesPane = {};
