/** @file The forms in which rows are written: asked for by an option, or by what an output file is called. */
import { extname } from "node:path";
import { UserError } from "../units/userError.js";

const formats = ["table", "csv", "json", "markdown"] as const;
export type RowsFormat = (typeof formats)[number];

/** What a file's name says of its form. */
const extensions: Readonly<Record<string, RowsFormat>> = {
  ".csv": "csv",
  ".json": "json",
  ".md": "markdown",
};

/** @throws UserError when more than one is asked for */
export function rowsFormatOf(flags: Readonly<Record<string, unknown>>): RowsFormat {
  const asked = formats.filter((format) => flags[format] === true);
  if (asked.length > 1) throw new UserError(`--${asked.join(" and --")}: one of them at a time`);
  const { output } = flags;
  return asked[0] ?? extensions[extname(typeof output === "string" ? output : "")] ?? "table";
}
