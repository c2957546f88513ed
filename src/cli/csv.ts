/** @file Comma-separated values. */
import { stringify } from "csv-stringify/sync";

export type Cell = string | number | boolean | null | undefined;

/** Records below a line of names; null and undefined are empty. */
export function csv(names: readonly string[], records: readonly (readonly Cell[])[]): string {
  // csv-stringify itself writes true as 1 and false as nothing.
  const cell = (value: Cell) => (typeof value === "boolean" ? String(value) : value);
  return stringify([names, ...records].map((record) => record.map(cell))).trimEnd();
}
