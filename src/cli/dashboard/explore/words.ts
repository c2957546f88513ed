/** @file Figures of a step in as few characters as a column has. */

/** FLOPs for each byte, three digits at most: `137`, `4.21`. */
export const intensityText = (intensity: number) =>
  intensity >= 100 ? String(Math.round(intensity)) : String(Number(intensity.toPrecision(3)));

/** The end of a text that is too long: of a place, what is inside tells more than what it is in. */
export const endOf = (text: string, width: number) =>
  text.length <= width ? text : `…${text.slice(text.length - Math.max(0, width - 1))}`.slice(0, width);
