/** @file Lines that are put together character by character. */

export interface Cell {
  /** One character. */
  readonly text: string;
  /** Writes text in the cell's colour. */
  readonly paint?: ((text: string) => string) | undefined;
}

/** A line of cells: those side by side that are painted alike are painted once, as a frame has thousands of them. */
export function cellLine(cells: readonly Cell[]): string {
  let line = "";
  let from = 0;
  while (from < cells.length) {
    const { paint } = cells[from]!;
    let text = "";
    let to = from;
    while (to < cells.length && cells[to]!.paint === paint) text += cells[to++]!.text;
    line += paint ? paint(text) : text;
    from = to;
  }
  return line;
}
