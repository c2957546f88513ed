/** @file Points over a common axis, joined by a curve, with lines across for limits; as lines of text. */
import type { Colors } from "../../terminal.js";
import type { Axis } from "../axis.js";
import { brailleCurve, DOTS_ACROSS, rowAt } from "../braille.js";
import { type Cell, cellLine } from "../cells.js";

type Paint = (text: string) => string;

export interface Point {
  /** From 0, the left edge, to 1. */
  readonly at: number;
  readonly value: number;
  readonly mark: string;
  readonly paint: Paint;
}

/** A line from the foot to the top. */
export interface Upright {
  readonly at: number;
  readonly mark: string;
}

export interface PointChart {
  /** Ascending. */
  readonly points: readonly Point[];
  readonly axis: Axis;
  readonly uprights: readonly Upright[];
  /** A value that is not to be exceeded. */
  readonly limit?: number;
}

/** The character that a place from 0 to 1 lies in. */
export const columnAt = (at: number, across: number) => Math.round(at * (across - 1));

const BLANK: Cell = { text: " " };

/** Heights of the curve in every column of dots, from the first point to the last. */
function heightsBetween(
  points: readonly { readonly dot: number; readonly height: number }[],
): readonly number[] {
  const [first, ...others] = points;
  if (!first) return [];
  let from = first;
  const heights = [first.height];
  for (const to of others) {
    for (let dot = from.dot + 1; dot <= to.dot; dot++) {
      heights.push(from.height + ((to.height - from.height) * (dot - from.dot)) / (to.dot - from.dot));
    }
    from = to;
  }
  return heights;
}

/** `rows` lines of `across` characters each. */
export function pointRows(
  { points, axis, uprights, limit }: PointChart,
  { across, rows }: { readonly across: number; readonly rows: number },
  { cyan, dim }: Colors,
): readonly string[] {
  const cells: Cell[][] = Array.from({ length: rows }, () => new Array(across).fill(BLANK));
  const put = (row: number, column: number, cell: Cell) => {
    if (cells[row] && column >= 0 && column < across) cells[row][column] = cell;
  };
  for (const { at, mark } of uprights) {
    for (let row = 0; row < rows; row++) put(row, columnAt(at, across), { text: mark, paint: dim });
  }
  if (limit !== undefined) {
    const row = rowAt(axis.height(limit), rows);
    for (let column = 0; column < across; column++) put(row, column, { text: "─", paint: dim });
  }
  // The curve passes through the characters of the points: it begins with the first dot of one.
  const dots = points.map(({ at, value }) => ({
    dot: columnAt(at, across) * DOTS_ACROSS,
    height: axis.height(value),
  }));
  const begin = (dots[0]?.dot ?? 0) / DOTS_ACROSS;
  brailleCurve(heightsBetween(dots), rows).forEach((line, row) => {
    Array.from(line).forEach((text, i) => {
      if (text !== " ") put(row, begin + i, { text, paint: cyan });
    });
  });
  for (const { at, value, mark, paint } of points)
    put(rowAt(axis.height(value), rows), columnAt(at, across), { text: mark, paint });
  return cells.map(cellLine);
}
