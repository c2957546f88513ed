/** @file The size of a terminal, or of the part of it that is drawn on. */

/** In characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}
