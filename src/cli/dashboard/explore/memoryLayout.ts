/** @file How the Memory view is divided. */
import { AXIS_COLUMNS } from "../chart.js";
import type { Size } from "../size.js";
import { GAP_COLUMNS, WIDE_FROM_COLUMNS } from "../size.js";

/** Rows and columns in characters; panels have a row of heading, which counts. */
export interface MemoryLayout {
  readonly main: number;
  /** Of what is alive at the cursor, to the right of the chart; 0 where there is no room. */
  readonly side: number;
  /** Of both. */
  readonly upper: number;
  readonly tensors: number;
  /** Columns of the areas, each a moment that the cursor can be at. */
  readonly across: number;
  /** Rows of the areas. */
  readonly down: number;
}

/** `15.48 GiB` */
export const LABEL_COLUMNS = 9;

/** Narrower terminals have no room beside the chart. */
const SIDE_FROM_COLUMNS = 72;
/** Texture, name, bytes and share. */
const SIDE_COLUMNS = 38;
const WIDE_SIDE_COLUMNS = 44;

const TENSORS_SHARE = 0.4;
/** With fewer rows than this there is room for the chart alone. */
const TENSORS_FROM_ROWS = 14;

/** Heading, what the marks mean, and the axis below. */
const ROWS_AROUND = 3;

function sideColumns(columns: number): number {
  if (columns < SIDE_FROM_COLUMNS) return 0;
  return columns < WIDE_FROM_COLUMNS ? SIDE_COLUMNS : WIDE_SIDE_COLUMNS;
}

export function memoryLayoutOf({ columns, rows }: Size): MemoryLayout {
  const side = sideColumns(columns);
  const main = side === 0 ? columns : columns - side - GAP_COLUMNS;
  const tensors = rows < TENSORS_FROM_ROWS ? 0 : Math.floor(rows * TENSORS_SHARE);
  const upper = rows - tensors;
  return {
    main,
    side,
    upper,
    tensors,
    across: Math.max(1, main - LABEL_COLUMNS - AXIS_COLUMNS),
    down: Math.max(0, upper - ROWS_AROUND),
  };
}
