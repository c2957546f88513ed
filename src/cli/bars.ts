/**
 * @file Bars for terminals: each part begins where the one before it ends, so that the last one ends at the
 * total, and a line across all of them marks a limit.
 */
import type { Colors } from "./terminal.js";

export interface Bar {
  readonly name: string;
  readonly amount: number;
  /** The amount, for people. */
  readonly text: string;
}

export interface BarOptions {
  readonly colors: Colors;
  readonly width: number;
  /** What the parts must not exceed; a line marks it. */
  readonly limit?: Bar;
}

/** Parts that are a smaller share of the whole are not worth a line: the learning rate is four bytes. */
export const WORTH_A_LINE = 1e-4;

/** Narrower bars tell nothing. */
const NARROWEST = 8;
const WIDEST = 60;

/** Names and amounts in columns, with bars between them where there is room. */
export function bars(parts: readonly Bar[], { colors, width, limit }: BarOptions): readonly string[] {
  const rows = limit ? [...parts, limit] : parts;
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const textWidth = Math.max(...rows.map(({ text }) => text.length));
  const room = Math.min(width - nameWidth - textWidth - "      ".length, WIDEST);
  const label = ({ name, text }: Bar) => `  ${name.padEnd(nameWidth)}  ${text.padStart(textWidth)}`;
  const total = parts.reduce((sum, { amount }) => sum + amount, 0);
  const longest = Math.max(total, limit?.amount ?? 0);
  if (room < NARROWEST || longest === 0) return rows.map(label);

  // The last cell is the limit's when everything is within it.
  const cell = (amount: number) => Math.round((amount / longest) * (room - 1));
  const limitCell = limit ? cell(limit.amount) : Number.POSITIVE_INFINITY;
  let end = 0;
  const lines = parts.map((part) => {
    const start = end;
    end += part.amount;
    return `${label(part)}  ${drawBar(cell(start), cell(end), limitCell, colors)}`;
  });
  return limit ? [...lines, `${label(limit)}  ${" ".repeat(limitCell)}${colors.bold("│")}`] : lines;
}

/** Cells from `start` to `end`, at least a sliver, with the line of the limit before or behind or inside. */
function drawBar(start: number, end: number, limit: number, colors: Colors): string {
  const filled = end > start ? "█".repeat(end - start) : "▏";
  const within = filled.slice(0, Math.max(0, limit - start));
  const beyond = filled.slice(within.length);
  const after = Number.isFinite(limit) ? limit - start - filled.length : -1;
  if (after >= 0) return `${" ".repeat(start)}${colors.cyan(filled)}${" ".repeat(after)}│`;
  if (beyond === "") return `${" ".repeat(start)}${colors.cyan(filled)}`;
  const line = start > limit ? `${" ".repeat(limit)}│${" ".repeat(start - limit - 1)}` : " ".repeat(start);
  return `${line}${colors.cyan(within)}${colors.red(beyond)}`;
}
