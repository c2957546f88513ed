/**
 * @file Dots in Braille characters, which have two columns of four dots each: pictures eight times as fine as with a character
 * for a value.
 */

export const DOTS_ACROSS = 2;
export const DOTS_DOWN = 4;

/** Unicode's Braille pattern without dots; each dot is a bit on top of it. */
const BLANK = 0x2800;

/** Bits of the dots of a character by column, from the top down, as Unicode numbers them. */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Some fonts draw empty circles for the pattern without dots. */
const character = (bits: number) => (bits === 0 ? " " : String.fromCodePoint(BLANK + bits));

/** The dot of a column of `rows` characters, counted from the top, that stands for a height from 0 to 1. */
export const dotAt = (height: number, rows: number) =>
  Math.round((1 - Math.min(1, Math.max(0, height))) * (rows * DOTS_DOWN - 1));

/** The row, counted from the top, in which a height from 0 to 1 lies. */
export const rowAt = (height: number, rows: number) => Math.floor(dotAt(height, rows) / DOTS_DOWN);

/**
 * `rows` lines of `columns` characters.
 *
 * @param draw is told how to set a dot, counted from the left and the top; dots outside of the lines are left out
 */
export function brailleLines(
  columns: number,
  rows: number,
  draw: (dot: (x: number, y: number) => void) => void,
): readonly string[] {
  const cells = Array.from({ length: rows }, () => new Uint8Array(columns));
  draw((x, y) => {
    const row = cells[Math.floor(y / DOTS_DOWN)];
    const column = Math.floor(x / DOTS_ACROSS);
    if (row && column in row) row[column]! |= dotBits[x % DOTS_ACROSS === 0 ? 0 : 1][y % DOTS_DOWN]!;
  });
  return cells.map((row) => Array.from(row, character).join(""));
}

/**
 * A curve in `rows` lines of text.
 *
 * @param heights a value for each column of dots, from 0 (the lowest dot) to 1 (the highest)
 */
export function brailleCurve(heights: readonly number[], rows: number): readonly string[] {
  return brailleLines(Math.ceil(heights.length / DOTS_ACROSS), rows, (dot) => {
    heights.forEach((height, x) => {
      const y = dotAt(height, rows);
      const before = dotAt(heights[x - 1] ?? height, rows);
      // A column reaches back to its neighbour, so that steep falls are lines and not scattered dots.
      const joint = Math.abs(y - before) > 1 ? before + Math.sign(y - before) : y;
      for (let at = Math.min(y, joint); at <= Math.max(y, joint); at++) dot(x, at);
    });
  });
}
