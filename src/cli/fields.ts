/** @file Rows of answers as columns of people's tables, of Markdown and of CSV, each column described once. */
import { markdownTable } from "../markdownTable.js";
import { type Cell, csv } from "./csv.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";

export interface Field<Row> {
  /** In CSV. */
  readonly name: string;
  /** For people; left out of what they see where it is undefined. */
  readonly heading?: string;
  readonly isText?: boolean;
  readonly value: (row: Row) => Cell;
  readonly format?: (row: Row) => string;
  /** The first to go where a terminal has no room for all: the highest. */
  readonly dispensable?: number;
  /** People see it only where not all rows have the same. */
  readonly ifVaried?: boolean;
}

function text<Row>({ format, value }: Field<Row>, row: Row): string {
  return format ? format(row) : String(value(row) ?? "");
}

/** Columns for people: those that tell the rows apart, and the answers. */
export function shownFields<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): readonly Field<Row>[] {
  return fields.filter(
    ({ heading, ifVaried, value }) =>
      heading !== undefined && (!ifVaried || new Set(rows.map(value)).size > 1),
  );
}

/** Without the columns that there is no room for. */
export function fittingFields<Row>(
  fields: readonly Field<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Field<Row>[] {
  const needed = (some: readonly Field<Row>[]) =>
    some.reduce((sum, field) => {
      const cells = rows.map((row) => text(field, row).length);
      return sum + "  ".length + cells.reduce((most, cell) => Math.max(most, cell), field.heading!.length);
    }, -"  ".length);
  let kept = fields;
  while (needed(kept) > width) {
    const order = [...kept].sort((a, b) => (b.dispensable ?? 0) - (a.dispensable ?? 0));
    if (!order[0]?.dispensable) break;
    kept = kept.filter((field) => field !== order[0]);
  }
  return kept;
}

/** A table for people, of fields that have headings. */
export function fieldsTable<Row>(
  fields: readonly Field<Row>[],
  rows: readonly Row[],
  terminal: Pick<Terminal, "colors" | "width">,
): string {
  const columns = fields.map(
    ({ heading, isText }): Column => ({ heading: heading!, align: isText ? "left" : "right" }),
  );
  return table(
    columns,
    rows.map((row) => fields.map((field) => text(field, row))),
    terminal,
  );
}

/** The same columns in Markdown. */
export function fieldsMarkdown<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): string {
  return markdownTable(
    fields.map(({ heading }) => heading!),
    rows.map((row) => fields.map((field) => text(field, row))),
    (column) => !fields[column]!.isText,
  );
}

/** All fields, by their names, as they are. */
export function fieldsCsv<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): string {
  return csv(
    fields.map(({ name }) => name),
    rows.map((row) => fields.map(({ value }) => value(row))),
  );
}
