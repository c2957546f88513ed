/** @file Tables for people: columns without a frame, wrapped to the width of the terminal. */
import Table from "cli-table3";
import type { Terminal } from "./terminal.js";

export interface Column {
  /** Empty in a table that continues another; with no heading at all there is no line for them. */
  readonly heading: string;
  readonly align?: "left" | "right";
  /** Takes what width is left, and wraps. At most one. */
  readonly wraps?: boolean;
  /** At least this many characters, so that several tables line up. */
  readonly least?: number;
}

const NARROWEST_WRAP = 24;

const frameless = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ]
    .flat()
    .map((part) => [part, ""]),
);

export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { colors, width }: Pick<Terminal, "colors" | "width">,
): string {
  const gap = 2;
  const natural = columns.map(({ heading, least = 0 }, i) =>
    Math.max(least, heading.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const others = columns.reduce((sum, { wraps }, i) => sum + gap + (wraps ? 0 : natural[i]!), 0);
  const widths = columns.map(({ wraps }, i) =>
    wraps ? Math.min(natural[i]!, Math.max(width - others, NARROWEST_WRAP)) : natural[i]!,
  );
  const built = new Table({
    chars: { ...frameless, middle: " ".repeat(gap) },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    head: columns.some(({ heading }) => heading !== "")
      ? columns.map(({ heading }) => colors.bold(heading))
      : [],
    colWidths: widths,
    colAligns: columns.map(({ align }) => align ?? "left"),
    wordWrap: true,
  });
  built.push(...rows.map((row) => [...row]));
  return built
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
