/** @file The room that views have: the keys of those that scroll need it as well as the screen. */
import type { Size } from "../size.js";
import type { AppState } from "./state.js";

/** The views and their keys, and the question with its verdict. */
export const HEADER_ROWS = 2;

const HINTS_ROWS = 1;

export const bodySize = ({ size }: Pick<AppState, "size">): Size => ({
  columns: size.columns,
  rows: Math.max(0, size.rows - HEADER_ROWS - HINTS_ROWS),
});
