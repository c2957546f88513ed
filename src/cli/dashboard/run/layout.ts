/** @file How a screen is divided: heights and widths of the panels, for any size of terminal. */
import type { Size } from "../size.js";
import { GAP_COLUMNS, WIDE_FROM_COLUMNS } from "../size.js";

/** Rows and columns in characters; a panel of 0 is not shown. Panels have a row of heading, which counts. */
export interface Layout extends Size {
  readonly header: number;
  readonly loss: number;
  /** A chart of its own, where there is room. */
  readonly accuracy: number;
  /** Beside the charts, where `accuracy` has made room for it, else below them. */
  readonly evaluation: number;
  readonly figures: number;
  readonly log: number;
  readonly keys: number;
  /** Of the charts. */
  readonly main: number;
  /** Of the figures, to the right of the charts. */
  readonly side: number;
}

const HEADER_ROWS = 2;
/** Of a screen that has its keys in its last line. */
const KEYS_ROWS = 1;

/** What of the rows between header and keys the lower panels get, and the least that says something. */
const LOG_SHARE = 0.18;
const EVALUATION_SHARE = 0.28;
const LEAST_LOG = 3;
const LEAST_EVALUATION = 4;
/** The last evaluation, its confusions over three rows, and the heading. */
const MOST_EVALUATION = 6;

/** A chart of fewer rows shows no more than a line of numbers. */
const LEAST_CHART = 6;
const ACCURACY_SHARE = 0.4;
/** With fewer rows than this both charts would be worse than one. */
const TWO_CHARTS_FROM = 22;

/** Narrower terminals have no room for figures beside the chart. */
const SIDE_FROM_COLUMNS = 64;
/** Three columns of figures with their words. */
const SIDE_COLUMNS = 35;
const WIDE_SIDE_COLUMNS = 48;
/** All of them, with what is said of their confidence. */
const FIGURES_ROWS = 14;

function sideColumns(columns: number): number {
  if (columns < SIDE_FROM_COLUMNS) return 0;
  return columns < WIDE_FROM_COLUMNS ? SIDE_COLUMNS : WIDE_SIDE_COLUMNS;
}

/** The share of `rows` that a panel gets; none where even its least would leave too little for the chart. */
function panelRows(rows: number, share: number, least: number): number {
  return rows < 2 * least + LEAST_CHART ? 0 : Math.max(least, Math.floor(rows * share));
}

/** @param keysRows none where the keys are shown elsewhere */
export function layoutOf({ columns, rows }: Size, keysRows = KEYS_ROWS): Layout {
  const header = Math.min(HEADER_ROWS, rows);
  const keys = Math.min(keysRows, rows - header);
  const body = rows - header - keys;
  const side = sideColumns(columns);
  const main = side === 0 ? columns : columns - side - GAP_COLUMNS;
  const log = panelRows(body, LOG_SHARE, LEAST_LOG);
  const outer = { columns, rows, header, log, keys, main, side };
  const upper = body - log;
  if (side > 0 && upper >= TWO_CHARTS_FROM) {
    const accuracy = Math.floor(upper * ACCURACY_SHARE);
    return {
      ...outer,
      loss: upper - accuracy,
      accuracy,
      figures: FIGURES_ROWS,
      evaluation: upper - FIGURES_ROWS,
    };
  }
  const evaluation = Math.min(MOST_EVALUATION, panelRows(upper, EVALUATION_SHARE, LEAST_EVALUATION));
  const loss = upper - evaluation;
  return { ...outer, loss, accuracy: 0, figures: loss, evaluation };
}
