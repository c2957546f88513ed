/** @file How the Plan view is divided. */
import type { Size } from "../size.js";
import { GAP_COLUMNS, WIDE_FROM_COLUMNS } from "../size.js";

/** Rows and columns in characters; panels have a row of heading, which counts. */
export interface PlanLayout {
  /** Columns of the fields, to the left. */
  readonly fields: number;
  /** Columns of the figures, to the right. */
  readonly figures: number;
  /** What the figures come to, without a heading. */
  readonly summary: number;
  readonly memory: number;
  readonly time: number;
  readonly advice: number;
}

const FIELDS_COLUMNS = 29;
const WIDE_FIELDS_COLUMNS = 40;

/** Verdict, largest batch, speed and price. */
const SUMMARY_ROWS = 4;
/** Heading, four categories and the capacity. */
const LEAST_MEMORY = 6;
/** All categories that there are. */
const MOST_MEMORY = 10;
const LEAST_TIME = 5;
const MOST_TIME = 10;
const LEAST_ADVICE = 4;

/** Memory and time get what is beyond the least, in turn, up to their most; the advice has the rest. */
export function planLayoutOf({ columns, rows }: Size): PlanLayout {
  const fields = Math.min(columns, columns < WIDE_FROM_COLUMNS ? FIELDS_COLUMNS : WIDE_FIELDS_COLUMNS);
  const summary = Math.min(SUMMARY_ROWS, rows);
  const spare = Math.max(0, rows - summary - LEAST_MEMORY - LEAST_TIME - LEAST_ADVICE);
  const memory = Math.min(MOST_MEMORY, LEAST_MEMORY + Math.floor(spare / 3));
  const time = Math.min(MOST_TIME, LEAST_TIME + Math.floor(spare / 3));
  return {
    fields,
    figures: Math.max(0, columns - fields - GAP_COLUMNS),
    summary,
    memory,
    time,
    advice: Math.max(0, rows - summary - memory - time),
  };
}
