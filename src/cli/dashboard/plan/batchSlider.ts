/** @file The batch on a line of powers of two, with the largest that fits marked. */
import type { Colors } from "../../terminal.js";

/** Doublings beyond what is marked. */
const BEYOND = 2;

/** Doublings of the smallest batch that a line has at least. */
const LEAST_DOUBLINGS = 10;

/**
 * `├──────●───┃╌╌╌╌┤`: from the smallest batch to beyond the largest that fits, which the bar marks; what does not fit is broken.
 *
 * @param unit the smallest batch
 * @param largest that fits, once it is known
 */
export function batchSlider(
  batch: number,
  unit: number,
  largest: number | undefined,
  width: number,
  { bold, green, red, dim }: Colors,
): string {
  const inner = width - "├┤".length;
  if (inner < 2) return "";
  const powerOf = (value: number) => Math.log2(Math.max(value, unit) / unit);
  const most = Math.max(LEAST_DOUBLINGS, powerOf(batch), powerOf(largest ?? unit) + BEYOND);
  const cellOf = (value: number) => Math.round((powerOf(value) / most) * (inner - 1));
  const limit = largest === undefined ? inner : largest === 0 ? -1 : cellOf(largest);
  const judged = (text: string) => (largest === undefined ? text : largest < batch ? red(text) : green(text));
  const cells = Array.from({ length: inner }, (_, cell) => {
    if (cell === cellOf(batch)) return bold(judged("●"));
    if (cell === limit) return "┃";
    return dim(cell < limit ? "─" : "╌");
  });
  return `${dim("├")}${cells.join("")}${dim("┤")}`;
}
