/** @file The rows of a sweep: as a table for people, as Markdown, CSV and JSON. */
import type { Verdict } from "../../sim/prediction.js";
import type { SweepRow } from "../../sim/sweep.js";
import { groupsBy } from "../groupsBy.js";
import {
  formatBytes,
  formatCount,
  formatExamplesRate,
  formatPercent,
  formatSeconds,
} from "../units/quantity.js";
import { type Field, fieldsCsv, fieldsMarkdown, fieldsTable, fittingFields, shownFields } from "./fields.js";
import { modelOptionFields, planFields } from "./queryFields.js";
import type { Terminal } from "./terminal.js";

const verdictWords: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "no",
};

const percent = (value: number | null) => (value === null ? "?" : `± ${value} %`);

/** `2,887` */

/** Every column, in the order of CSV. */
function fieldsOf(rows: readonly SweepRow[]): readonly Field<SweepRow>[] {
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
    ...planFields(rows),
    ...modelOptionFields(rows),
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
      format: ({ time }) => formatExamplesRate(time.examplesPerSecond),
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

/** What stands above a table is not in it. */
const ofHeading: ReadonlySet<string> = new Set(["model", "hardware", "capacityBytes"]);

export function sweepText(
  rows: readonly SweepRow[],
  { colors, width }: Pick<Terminal, "colors" | "width">,
): string {
  // What tells rows apart in one table does so in all: their columns are the same.
  const all = shownFields(fieldsOf(rows), rows).filter(({ name }) => !ofHeading.has(name));
  const fields = fittingFields(all, rows, width);
  // One table for each model and machine, whose names stand above it.
  const tables = groupsBy(rows, ({ model, hardware }) => `${model} on ${hardware}`).map((group) => {
    const [{ model, hardware, memory }] = group as readonly [SweepRow];
    const heading = `${model} on ${hardware}, ${formatBytes(memory.capacityBytes)} a device`;
    return `${colors.bold(heading)}\n${fieldsTable(fields, group, { colors, width })}`;
  });
  const missing = all.filter((field) => !fields.includes(field)).map(({ heading }) => heading);
  const notes = [
    "Pareto: nothing else that fits is as fast in as little memory.",
    ...(missing.length > 0 ? [`No room for: ${missing.join(", ")}; --csv has them.`] : []),
  ];
  return [...tables, notes.map(colors.dim).join("\n")].join("\n\n");
}

export function sweepMarkdown(rows: readonly SweepRow[]): string {
  return fieldsMarkdown(shownFields(fieldsOf(rows), rows), rows);
}

/** SI base units, unrounded; every field of the plan. */
export function sweepCsv(rows: readonly SweepRow[]): string {
  return fieldsCsv(fieldsOf(rows), rows);
}

export function sweepJson(rows: readonly SweepRow[]): string {
  return JSON.stringify(rows, null, 2);
}
