/** @file Which rows of a list are shown where there is no room for all. */

export interface Window {
  readonly from: number;
  /** The one after the last. */
  readonly to: number;
}

/** `rows` of `count` rows, the selected one in their middle where it can be. */
export function windowOf(selected: number, count: number, rows: number): Window {
  const shown = Math.max(0, Math.min(rows, count));
  const from = Math.max(0, Math.min(selected - Math.floor(shown / 2), count - shown));
  return { from, to: from + shown };
}
