/** @file The size of a terminal, or of the part of it that is drawn on. */

/** In characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Columns between panels side by side. */
export const GAP_COLUMNS = 2;

/** From here on there is room for wider columns, and for more of them. */
export const WIDE_FROM_COLUMNS = 120;
