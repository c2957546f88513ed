/** @file Figures of a step in as few characters as a column has. */
import cliTruncate from "cli-truncate";

/** FLOPs for each byte, three digits at most: `137`, `4.21`. */
export const intensityText = (intensity: number) =>
  intensity >= 100 ? String(Math.round(intensity)) : String(Number(intensity.toPrecision(3)));

/** The end of a text that is too long: of a place, what is inside tells more than what it is in. */
export const endOf = (text: string, width: number) =>
  cliTruncate(text, Math.max(0, width), { position: "start" });
