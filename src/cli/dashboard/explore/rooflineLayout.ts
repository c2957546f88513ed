/** @file How the Roofline view is divided: the plot above the list, or beside it where there is room. */
import type { Size } from "../size.js";
import { GAP_COLUMNS, WIDE_FROM_COLUMNS } from "../size.js";

export interface RooflineLayout {
  readonly isWide: boolean;
  readonly plot: Size;
  readonly list: Size;
}

const WIDE_PLOT_SHARE = 0.5;
const PLOT_SHARE = 0.52;
/** With fewer rows than this there is room for the list alone. */
const PLOT_FROM_ROWS = 14;

export function rooflineLayoutOf({ columns, rows }: Size): RooflineLayout {
  if (columns >= WIDE_FROM_COLUMNS) {
    const across = Math.floor(columns * WIDE_PLOT_SHARE);
    return {
      isWide: true,
      plot: { columns: across, rows },
      list: { columns: columns - across - GAP_COLUMNS, rows },
    };
  }
  const down = rows < PLOT_FROM_ROWS ? 0 : Math.round(rows * PLOT_SHARE);
  return { isWide: false, plot: { columns, rows: down }, list: { columns, rows: rows - down } };
}
