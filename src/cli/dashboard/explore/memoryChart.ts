/** @file What is alive over a step as areas on top of one another, with the capacity, the worst moment and a cursor. */
import type { MemoryMoment, MemoryReport } from "../../../../sim/memoryReport.js";
import { formatBytes, formatSeconds } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { bytesAxis } from "../axis.js";
import { DOTS_ACROSS, DOTS_DOWN, rowAt } from "../braille.js";
import { type Cell, cellLine } from "../cells.js";
import { footer, ticksOf, withTicks } from "../chart.js";
import { stackedAreas } from "../stack.js";
import { fillOf, hasFill } from "./memoryFills.js";
import { LABEL_COLUMNS, type MemoryLayout } from "./memoryLayout.js";
import { momentsOver, partAt, worstMoment } from "./memoryMoments.js";

/** What is too little to be told apart. */
export const OTHERS = "others";

/** Categories from the lowest area to the highest, and those that are told as one. */
export interface Bands {
  readonly names: readonly string[];
  readonly others: readonly string[];
}

const most = (moments: readonly MemoryMoment[], name: string) =>
  moments.reduce((sofar, { parts }) => Math.max(sofar, parts[name] ?? 0), 0);

/**
 * What stays for the whole step lies at the bottom, where it is flat, and the rest by how much of it there is.
 *
 * @param least bytes that are worth an area, a dot high
 */
export function bandsOf(moments: readonly MemoryMoment[], least: number): Bands {
  const names = Object.keys(moments[0]?.parts ?? {});
  const bytes = new Map(names.map((name) => [name, most(moments, name)]));
  const stays = (name: string) => moments.every(({ parts }) => parts[name] === bytes.get(name));
  const own = names
    .filter((name) => hasFill(name) && bytes.get(name)! >= least)
    .map((name) => ({ name, isFlat: stays(name), bytes: bytes.get(name)! }))
    .sort((a, b) => Number(b.isFlat) - Number(a.isFlat) || b.bytes - a.bytes)
    .map(({ name }) => name);
  return { names: own, others: names.filter((name) => !own.includes(name) && bytes.get(name)! > 0) };
}

/** Bytes of the bands of a moment, from the lowest area to the highest; what is not told apart is on top. */
export function bytesOf({ parts }: MemoryMoment, { names, others }: Bands): readonly number[] {
  const rest = others.reduce((sum, name) => sum + (parts[name] ?? 0), 0);
  return [...names.map((name) => parts[name] ?? 0), rest];
}

/** The capacity is in the picture from this share of it on. */
const CAPACITY_FROM_SHARE = 0.5;

const topOf = ({ peak, capacityBytes }: MemoryReport) =>
  peak.bytes > CAPACITY_FROM_SHARE * capacityBytes ? Math.max(peak.bytes, capacityBytes) : peak.bytes;

/** The bands that a chart of so many rows shows. */
export function bandsShown(report: MemoryReport, { down, across }: MemoryLayout): Bands {
  return bandsOf(momentsOver(report, across), topOf(report) / (down * DOTS_DOWN));
}

const accumulated = (values: readonly number[]) => {
  let sum = 0;
  return values.map((value) => (sum += value));
};

/** `▼ worst` with the mark at `column`, on that side of it where there is room. */
function markLine(column: number, words: string, across: number, { bold }: Colors): string {
  const fits = column + words.length + 2 <= across;
  const text = fits ? `${" ".repeat(column)}▼ ${words}` : `${words} ▼`.padStart(column + 1);
  return bold(text.slice(0, Math.max(0, across)));
}

/** Lines that fill the room between the chart's heading and what is below it. */
export function memoryChartLines(
  report: MemoryReport,
  cursor: number,
  layout: MemoryLayout,
  colors: Colors,
): readonly string[] {
  const { across, down } = layout;
  if (down < 1) return [];
  const { capacityBytes, stepSeconds } = report;
  const top = topOf(report);
  const axis = bytesAxis(top, ticksOf(down));
  const bands = bandsShown(report, layout);
  const columns = momentsOver(report, across * DOTS_ACROSS).map((moment) =>
    accumulated(bytesOf(moment, bands)).map((bytes) => axis.height(bytes)),
  );
  const areas = stackedAreas(
    columns,
    [...bands.names, OTHERS].map((name) => fillOf(name, colors)),
    down,
  );
  const limit = capacityBytes <= top ? rowAt(axis.height(capacityBytes), down) : undefined;
  const lines = areas.map((cells, row) =>
    cellLine(cells.map((cell, column) => marked(cell, column === cursor, row === limit, colors))),
  );
  const ticks = axis.ticks.filter(({ height }) => rowAt(height, down) !== limit);
  const capacity = { height: axis.height(capacityBytes), text: formatBytes(capacityBytes) };
  const worst = worstMoment(report);
  const indent = " ".repeat(LABEL_COLUMNS + 1);
  return [
    `${indent} ${markLine(partAt(worst.seconds, report, across), `worst, ${formatBytes(worst.bytes)}`, across, colors)}`,
    ...withTicks(lines, limit === undefined ? ticks : [...ticks, capacity], LABEL_COLUMNS, colors),
    colors.dim(`${indent}${footer(across + 1, ["0 s", formatSeconds(stepSeconds)])}`),
  ];
}

/** The cursor's line is in front of the capacity's, and both are in front of the areas. */
function marked(cell: Cell, isCursor: boolean, isLimit: boolean, { bold, red }: Colors): Cell {
  if (isCursor) return { text: isLimit ? "┿" : "│", paint: bold };
  return isLimit ? { text: "━", paint: red } : cell;
}
