/** @file Questions side by side as lines of text: names to the left, and a column of cells for each. */

import cliTruncate from "cli-truncate";
import { BEST } from "../../comparedFigures.js";
import type { Colors } from "../../terminal.js";
import { verdictColor } from "../../verdictWords.js";
import { shareBar } from "../shareBar.js";
import { WIDE_FROM_COLUMNS } from "../size.js";
import type { Cell, CompareRow } from "./compareRows.js";

/** `  nothing recomputed`; and on wide screens every part of a step. */
const NAME_COLUMNS = 20;
const WIDE_NAME_COLUMNS = 30;

const WIDEST_COLUMN = 34;
/** Names of models; the longest is a little longer. */
const WIDEST_TEXT = 18;
/** Shorter bars tell nothing. */
const SHORTEST_BAR = 6;

/** In characters. */
export interface ColumnWidths {
  readonly name: number;
  readonly column: number;
  /** Of a column, the part to the left of the bars. */
  readonly text: number;
}

export function columnWidths(columns: number, count: number): ColumnWidths {
  const name = columns < WIDE_FROM_COLUMNS ? NAME_COLUMNS : WIDE_NAME_COLUMNS;
  const column = Math.min(WIDEST_COLUMN, Math.max(2, Math.floor((columns - name) / count)));
  return { name, column, text: Math.min(WIDEST_TEXT, column - 1) };
}

/** Text at the right edge of its place. */
function placed(text: string, { text: width }: ColumnWidths, paint: (text: string) => string): string {
  const written = cliTruncate(text, width);
  return `${" ".repeat(width + 1 - written.length)}${paint(written)}`;
}

/** What is beside the text: a bar where there is room for one. */
function barText(share: number | undefined, { column, text }: ColumnWidths, colors: Colors): string {
  const room = column - text - 1;
  const longest = room - 1;
  if (share === undefined || longest < SHORTEST_BAR) return " ".repeat(room);
  return ` ${colors.cyan(shareBar(share, longest))}`;
}

function cellText({ text, isBest, verdict, share }: Cell, widths: ColumnWidths, colors: Colors): string {
  const paint = verdict ? verdictColor(verdict, colors) : isBest ? colors.bold : String;
  return `${placed(isBest ? `${BEST} ${text}` : text, widths, paint)}${barText(share, widths, colors)}`;
}

export function rowLine({ name, cells }: CompareRow, widths: ColumnWidths, colors: Colors): string {
  if (cells.length === 0) return colors.bold(name);
  const label = colors.dim(cliTruncate(name, widths.name).padEnd(widths.name));
  return `${label}${cells.map((cell) => cellText(cell, widths, colors)).join("")}`;
}

/** What stands above the columns, the selected one in bold. */
export function headingLine(
  texts: readonly string[],
  selected: number,
  widths: ColumnWidths,
  colors: Colors,
): string {
  const cells = texts.map((text, i) => {
    return `${placed(text, widths, i === selected ? colors.bold : String)}${barText(undefined, widths, colors)}`;
  });
  return `${" ".repeat(widths.name)}${cells.join("")}`;
}
