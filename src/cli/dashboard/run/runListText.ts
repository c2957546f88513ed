/** @file The list of runs in lines: the part of it around the run that is chosen. */
import cliTruncate from "cli-truncate";
import { formatCount } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import type { Room } from "../chart.js";
import { windowOf } from "../window.js";
import type { RunSummary } from "./runList.js";

const headings = ["run", "model", "data", "steps", "loss", ""] as const;
const GAP = "  ";
/** In front of the run that is chosen; colours are not for everyone. */
const MARK = "> ";
/** Names that are cut to less tell nothing. */
const NARROWEST_NAME = 8;

/** `135 of 1,404` */
function stepsText({ last, run }: RunSummary): string {
  const made = formatCount(last?.step ?? 0);
  return run ? `${made} of ${formatCount(run.steps)}` : made;
}

const cellsOf = (summary: RunSummary): readonly string[] => [
  summary.name,
  summary.run?.model ?? "–",
  summary.run?.data ?? "–",
  stepsText(summary),
  summary.last ? summary.last.loss.toPrecision(4) : "–",
  summary.status,
];

/** A line of headings, and a line for each run that has room. */
export function runListLines(
  runs: readonly RunSummary[],
  selected: string | undefined,
  { width, height }: Room,
  colors: Colors,
): readonly string[] {
  if (height < 2 || runs.length === 0) return [];
  const cells = runs.map(cellsOf);
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => row[i]!.length)),
  );
  const others = widths.slice(1).reduce((sum, each) => sum + each + GAP.length, MARK.length);
  const nameWidth = Math.max(NARROWEST_NAME, Math.min(widths[0]!, width - others));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => {
        if (i === 0) return cliTruncate(cell, nameWidth).padEnd(nameWidth);
        // Numbers end in a line, words begin in one.
        return i === 3 || i === 4 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
      })
      .join(GAP)
      .trimEnd();
  const chosen = runs.findIndex(({ folder }) => folder === selected);
  const { from, to } = windowOf(chosen, runs.length, height - 1);
  const shown = cells.slice(from, to).map((row, i) => {
    const isChosen = from + i === chosen;
    const text = cliTruncate(`${isChosen ? MARK : " ".repeat(MARK.length)}${line(row)}`, width);
    return isChosen ? colors.bold(text) : text;
  });
  return [colors.dim(cliTruncate(`${" ".repeat(MARK.length)}${line(headings)}`, width)), ...shown];
}
