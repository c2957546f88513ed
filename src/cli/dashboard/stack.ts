/** @file Areas on top of one another, in dots: how what something is made of changes from the left to the right. */
import { brailleLines, DOTS_ACROSS, DOTS_DOWN } from "./braille.js";
import type { Cell } from "./cells.js";
import type { Texture } from "./texture.js";

/** What the areas of one part are filled with. */
export interface Fill {
  readonly texture: Texture;
  readonly paint: Cell["paint"];
}

/** The part that each dot of a column belongs to, from the top down; -1 above all of them. */
function partsOfColumn(heights: readonly number[], dots: number): readonly number[] {
  return Array.from({ length: dots }, (_, y) =>
    heights.findIndex((height) => height * dots > dots - y - 0.5),
  );
}

/**
 * @param columns of each column of dots, the heights that the parts reach, from the lowest part to the highest: 0 to 1, none
 *     less than the one before
 */
export function stackedAreas(
  columns: readonly (readonly number[])[],
  fills: readonly Fill[],
  rows: number,
): readonly (readonly Cell[])[] {
  const parts = columns.map((heights) => partsOfColumn(heights, rows * DOTS_DOWN));
  const lines = brailleLines(Math.ceil(columns.length / DOTS_ACROSS), rows, (dot) => {
    parts.forEach((column, x) => {
      column.forEach((part, y) => {
        if (fills[part]?.texture(x, y)) dot(x, y);
      });
    });
  });
  return lines.map((line, row) =>
    // A character has one colour: that of its lowest dot, which is in a part if any of them is.
    Array.from(line, (text, column): Cell => {
      const lowest = parts[column * DOTS_ACROSS]![(row + 1) * DOTS_DOWN - 1]!;
      return { text, paint: fills[lowest]?.paint };
    }),
  );
}
