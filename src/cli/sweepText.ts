/** @file The rows of a sweep: as a table for people, as Markdown, CSV and JSON. */
import type { Verdict } from "../../sim/prediction.js";
import type { SweepRow } from "../../sim/sweep.js";
import { groupsBy } from "../groupsBy.js";
import { markdownTable } from "../markdownTable.js";
import { planSchema } from "../transforms/plan.js";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatThroughput,
} from "../units/quantity.js";
import { type Cell, csv } from "./csv.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";

interface Field {
  /** In CSV. */
  readonly name: string;
  /** For people; left out of what they see where it is undefined. */
  readonly heading?: string;
  readonly isText?: boolean;
  readonly value: (row: SweepRow) => Cell;
  readonly format?: (row: SweepRow) => string;
  /** The first to go where a terminal has no room for all: the highest. */
  readonly dispensable?: number;
  /** People see it only where not all rows have the same. */
  readonly ifVaried?: boolean;
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "no",
};

const percent = (value: number | null) => (value === null ? "?" : `± ${value} %`);

/** `2,887` */
const rate = (examplesPerSecond: number) => formatThroughput(examplesPerSecond).replace(" examples/s", "");

const planFields = Object.keys(planSchema.shape).filter(
  (name) => name !== "globalBatch" && name !== "devices",
) as readonly Exclude<keyof SweepRow["plan"], "globalBatch" | "devices">[];

/** Shorter where the option's own name is wider than its values. */
const planHeadings: Readonly<Record<string, string>> = {
  momentumDtype: "momentum",
  batchNorm: "batch norm",
  microbatches: "parts",
};

/** Every column, in the order of CSV. */
function fieldsOf(rows: readonly SweepRow[]): readonly Field[] {
  const options = [...new Set(rows.flatMap(({ modelOptions }) => Object.keys(modelOptions)))];
  return [
    { name: "model", heading: "model", isText: true, value: ({ model }) => model },
    { name: "hardware", heading: "hardware", isText: true, value: ({ hardware }) => hardware },
    { name: "devices", heading: "devices", ifVaried: true, value: ({ devices }) => devices },
    {
      name: "globalBatch",
      heading: "batch",
      value: ({ globalBatch }) => globalBatch,
      format: ({ globalBatch }) => formatCount(globalBatch),
    },
    ...planFields.map(
      (name): Field => ({
        name,
        heading: planHeadings[name] ?? name,
        isText: typeof rows[0]?.plan[name] === "string",
        ifVaried: true,
        value: ({ plan }) => plan[name],
      }),
    ),
    ...options.map(
      (name): Field => ({
        name,
        heading: name,
        ifVaried: true,
        value: ({ modelOptions }) => modelOptions[name],
      }),
    ),
    {
      name: "verdict",
      heading: "fits",
      isText: true,
      value: ({ memory }) => memory.verdict,
      format: ({ memory }) => verdictWords[memory.verdict],
    },
    {
      name: "peakBytes",
      heading: "memory",
      value: ({ memory }) => memory.peakBytes,
      format: ({ memory }) => formatBytes(memory.peakBytes),
    },
    {
      name: "capacityBytes",
      heading: "capacity",
      value: ({ memory }) => memory.capacityBytes,
      format: ({ memory }) => formatBytes(memory.capacityBytes),
    },
    {
      name: "stepSeconds",
      heading: "step",
      value: ({ time }) => time.stepSeconds,
      format: ({ time }) => formatSeconds(time.stepSeconds),
    },
    {
      name: "examplesPerSecond",
      heading: "examples/s",
      value: ({ time }) => time.examplesPerSecond,
      format: ({ time }) => rate(time.examplesPerSecond),
    },
    {
      name: "modelFlopsUtilization",
      heading: "MFU",
      dispensable: 1,
      value: ({ time }) => time.modelFlopsUtilization,
      format: ({ time }) => formatPercent(time.modelFlopsUtilization),
    },
    {
      name: "pareto",
      heading: "Pareto",
      isText: true,
      value: ({ pareto }) => pareto,
      format: ({ pareto }) => (pareto ? "yes" : ""),
    },
    {
      name: "memoryErrorPercent",
      heading: "memory ±",
      dispensable: 3,
      value: ({ confidence }) => confidence.memory.errorPercent,
      format: ({ confidence }) => percent(confidence.memory.errorPercent),
    },
    {
      name: "timeErrorPercent",
      heading: "time ±",
      dispensable: 2,
      value: ({ confidence }) => confidence.time.errorPercent,
      format: ({ confidence }) => percent(confidence.time.errorPercent),
    },
  ];
}

const text = ({ format, value }: Field, row: SweepRow) => (format ? format(row) : String(value(row) ?? ""));

/** Columns for people: those that tell the rows apart, and the answers. */
function shown(fields: readonly Field[], rows: readonly SweepRow[]): readonly Field[] {
  return fields.filter((field) => !field.ifVaried || new Set(rows.map(field.value)).size > 1);
}

/** Without the columns that there is no room for. */
function fitting(fields: readonly Field[], rows: readonly SweepRow[], width: number): readonly Field[] {
  const needed = (some: readonly Field[]) =>
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

/** What stands above a table is not in it. */
const ofHeading: ReadonlySet<string> = new Set(["model", "hardware", "capacityBytes"]);

export function sweepText(
  rows: readonly SweepRow[],
  { colors, width }: Pick<Terminal, "colors" | "width">,
): string {
  // What tells rows apart in one table does so in all: their columns are the same.
  const all = shown(fieldsOf(rows), rows).filter(({ name }) => !ofHeading.has(name));
  const fields = fitting(all, rows, width);
  const columns = fields.map(
    ({ heading, isText }): Column => ({ heading: heading!, align: isText ? "left" : "right" }),
  );
  // One table for each model and machine, whose names stand above it.
  const tables = groupsBy(rows, ({ model, hardware }) => `${model} on ${hardware}`).map((group) => {
    const [{ model, hardware, memory }] = group as readonly [SweepRow];
    const heading = `${model} on ${hardware}, ${formatBytes(memory.capacityBytes)} a device`;
    const cells = group.map((row) => fields.map((field) => text(field, row)));
    return `${colors.bold(heading)}\n${table(columns, cells, { colors, width })}`;
  });
  const missing = all.filter((field) => !fields.includes(field)).map(({ heading }) => heading);
  const notes = [
    "Pareto: nothing else that fits is as fast in as little memory.",
    ...(missing.length > 0 ? [`No room for: ${missing.join(", ")}; --csv has them.`] : []),
  ];
  return [...tables, notes.map(colors.dim).join("\n")].join("\n\n");
}

export function sweepMarkdown(rows: readonly SweepRow[]): string {
  const fields = shown(fieldsOf(rows), rows);
  return markdownTable(
    fields.map(({ heading }) => heading!),
    rows.map((row) => fields.map((field) => text(field, row))),
    (column) => !fields[column]!.isText,
  );
}

/** SI base units, unrounded; every field of the plan. */
export function sweepCsv(rows: readonly SweepRow[]): string {
  const fields = fieldsOf(rows);
  return csv(
    fields.map(({ name }) => name),
    rows.map((row) => fields.map(({ value }) => value(row))),
  );
}

export function sweepJson(rows: readonly SweepRow[]): string {
  return JSON.stringify(rows, null, 2);
}
