/** @file Patterns of dots that areas are filled with, to be told apart without colours. */
import { brailleLines, DOTS_ACROSS, DOTS_DOWN } from "./braille.js";

/** Whether there is a dot at a place; every pattern repeats after four dots at most, so that areas go on seamlessly. */
export type Texture = (x: number, y: number) => boolean;

export const textures = {
  full: () => true,
  /** All but every fourth dot. */
  dense: (x, y) => x % 2 === 0 || y % 2 === 0,
  checkered: (x, y) => (x + y) % 2 === 0,
  rows: (_, y) => y % 2 === 0,
  columns: (x) => x % 2 === 0,
  slanted: (x, y) => (x + y) % 4 === 0,
  dotted: (x, y) => x % 2 === 0 && y % 2 === 0,
  sparse: (x, y) => x % 2 === 0 && y % 4 === 1,
} as const satisfies Readonly<Record<string, Texture>>;

/** `columns` characters of it, for a legend. */
export function swatch(texture: Texture, columns: number): string {
  return brailleLines(columns, 1, (dot) => {
    for (let x = 0; x < columns * DOTS_ACROSS; x++) {
      for (let y = 0; y < DOTS_DOWN; y++) if (texture(x, y)) dot(x, y);
    }
  })[0]!;
}
