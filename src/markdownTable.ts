/** @file Tables in Markdown. */

type Cell = string | number;

const row = (cells: readonly Cell[]) =>
  `| ${cells.map((cell) => `${cell}`.replaceAll("|", "\\|")).join(" | ")} |`;

/** @param right whether the column of a number is aligned to the right; none unless given */
export function markdownTable(
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: (column: number) => boolean = () => false,
): string {
  const rule = heading.map((_, column) => (right(column) ? "---:" : "---"));
  return [row(heading), row(rule), ...rows.map(row)].join("\n");
}
