/** @file A curve with its axes, as lines of text that fill a given room. */
import type { Colors } from "../terminal.js";
import { axisOf, type Tick } from "./axis.js";
import { brailleCurve, DOTS_ACROSS, rowAt } from "./braille.js";

export interface Chart {
  /** The quantity at `length` places, evenly apart from the first to the last; empty when there is none yet. */
  readonly values: (length: number) => readonly number[];
  /** What stands below the first value and below the last. */
  readonly ends: readonly [first: string, last: string];
  /** What is written at a tick; digits as the scale needs them unless given. */
  readonly format?: (value: number) => string;
}

export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Rows between two ticks, so that they can be told apart at a glance. */
export const ROWS_A_TICK = 3;

/** How many ticks an axis of so many rows has. */
export const ticksOf = (rows: number): number => Math.max(2, Math.round(rows / ROWS_A_TICK));

/** Narrower curves tell nothing. */
const NARROWEST = 8;

/** The text of the tick at each row of the curve; of two at one row the later. */
function tickTexts(ticks: readonly Tick[], rows: number): readonly (string | undefined)[] {
  const texts = new Array<string | undefined>(rows).fill(undefined);
  for (const { height, text } of ticks) texts[rowAt(height, rows)] = text;
  return texts;
}

/** `412 ms ┤`, and where there is no tick `       │`. */
const tickLabel = (text: string | undefined, width: number): string =>
  `${(text ?? "").padStart(width)} ${text === undefined ? "│" : "┤"}`;

/** What stands between the widest label of an axis and the first column of what is drawn. */
export const AXIS_COLUMNS = " ┤".length;

/** Lines with an axis to the left of them. */
export function withTicks(
  lines: readonly string[],
  ticks: readonly Tick[],
  labels: number,
  { dim }: Colors,
): readonly string[] {
  const texts = tickTexts(ticks, lines.length);
  return lines.map((line, row) => `${dim(tickLabel(texts[row], labels))}${line}`);
}

/** `└ 1 ─────────── 412` */
export function footer(width: number, [first, last]: Chart["ends"]): string {
  const rule = width - first.length - last.length - "└   ".length;
  return rule < 1 ? `└${"─".repeat(Math.max(0, width - 1))}` : `└ ${first} ${"─".repeat(rule)} ${last}`;
}

/**
 * `└──┴────────┴─────` and what is written at each tick below it.
 *
 * @param unit follows the last of them
 */
export function ticksBelow(ticks: readonly Tick[], columns: number, unit: string): readonly string[] {
  const rule = new Array<string>(columns).fill("─");
  const placed = ticks.map(({ height, text }, i) => {
    const at = Math.round(height * (columns - 1));
    rule[at] = "┴";
    const words = i === ticks.length - 1 ? `${text} ${unit}` : text;
    return { words, from: Math.max(0, Math.min(at - Math.floor(text.length / 2), columns - words.length)) };
  });
  const last = placed.at(-1);
  let texts = "";
  for (const { words, from } of placed) {
    // Below its tick, unless the one before is in the way, or the last: that one has the unit.
    const isFree = from > texts.length || texts === "";
    if (words === last?.words || (isFree && from + words.length < last!.from))
      texts = `${texts.padEnd(from)}${words}`;
  }
  return [`└${rule.join("")}`, ` ${texts.slice(0, columns)}`];
}

/** `height` lines of at most `width` characters; fewer where nothing is known yet or there is no room. */
export function chartLines(chart: Chart, { width, height }: Room, colors: Colors): readonly string[] {
  const rows = height - 1;
  // Labels are as wide as they come out to be, and the curve gets what is left; all values are asked for to find out.
  const coarse = chart.values(width * DOTS_ACROSS);
  if (rows < 1 || coarse.length === 0) return [];
  const axis = axisOf(coarse, ticksOf(rows), chart.format);
  const labels = Math.max(0, ...tickTexts(axis.ticks, rows).map((text) => text?.length ?? 0));
  const across = width - labels - AXIS_COLUMNS;
  if (across < NARROWEST) return [];
  const curve = brailleCurve(chart.values(across * DOTS_ACROSS).map(axis.height), rows);
  const lines = curve.map((line) => colors.cyan(line.trimEnd()));
  return [
    ...withTicks(lines, axis.ticks, labels, colors),
    colors.dim(`${" ".repeat(labels + 1)}${footer(across + 1, chart.ends)}`),
  ];
}
