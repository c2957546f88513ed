/**
 * @file The record of a run: a row for each step and each evaluation, appended as they come, as CSV for spreadsheets and as
 * JSON lines for programs. A run that goes on first cuts off what came after its checkpoint, so that no step is there twice.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { writeWhole, writing } from "../src/writeWhole.js";

export const METRICS_CSV = "metrics.csv";
export const METRICS_JSONL = "metrics.jsonl";

/** One step of training. */
export interface StepRow {
  readonly kind: "step";
  /** Steps made, this one included. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Of all gradients together before clipping, where the optimizer clips. */
  readonly gradientNorm?: number;
  readonly examplesPerSecond: number;
  /** Duration of this step, without checkpoint and evaluation. */
  readonly seconds: number;
  /** How long the step waited for its examples, before that. */
  readonly waitSeconds: number;
}

const evaluationSchema = z.object({
  kind: z.literal("evaluation"),
  step: z.int(),
  /** From 1. */
  epoch: z.int(),
  accuracy: z.number(),
  top5: z.number().exactOptional(),
  /** Duration of the evaluation. */
  seconds: z.number(),
});

/** One evaluation on the test split. */
export type EvaluationRow = Readonly<z.infer<typeof evaluationSchema>>;

export type MetricsRow = StepRow | EvaluationRow;

/** Every name that a row may have, in the order of the CSV's columns. */
const columns = [
  "kind",
  "step",
  "epoch",
  "loss",
  "learningRate",
  "gradientNorm",
  "examplesPerSecond",
  "seconds",
  "waitSeconds",
  "accuracy",
  "top5",
] as const satisfies readonly (keyof StepRow | keyof EvaluationRow)[];

const CSV_HEADER = stringify([[...columns]]);
const STEP_COLUMN = columns.indexOf("step");

export interface Metrics {
  /** Those of the run so far, from before it went on. */
  readonly evaluations: readonly EvaluationRow[];
  /** @throws UserError when the files cannot be written */
  readonly append: (row: MetricsRow) => void;
  /** Brings all rows to the disk: before a checkpoint, which counts on the rows up to its step. */
  readonly sync: () => void;
}

/** The step of a line of CSV; undefined of what is none. Values are numbers and words without commas: nothing is quoted. */
function csvStep(line: string): number | undefined {
  const fields = line.split(",");
  return fields.length === columns.length ? Number(fields[STEP_COLUMN]) : undefined;
}

/** The step of a JSON line; undefined of what is none. */
function jsonStep(line: string): number | undefined {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== "object" || row === null || !("step" in row)) return undefined;
    return Number(row.step);
  } catch {
    return undefined;
  }
}

/** The evaluations among whole JSON lines. */
function evaluationsIn(lines: string): readonly EvaluationRow[] {
  return lines.split("\n").flatMap((line) => {
    const row = line === "" ? undefined : evaluationSchema.safeParse(JSON.parse(line));
    return row?.success ? [row.data] : [];
  });
}

/**
 * The whole lines of a file up to a step. What follows the last line break is dropped, for a run that was killed may have been
 * writing it, and so is what has no step.
 */
function linesUpTo(text: string, step: number, stepOf: (line: string) => number | undefined): string {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const kept = whole.split("\n").filter((line) => {
    const of = line === "" ? undefined : stepOf(line);
    return of !== undefined && of <= step;
  });
  return kept.map((line) => `${line}\n`).join("");
}

/**
 * Opens the record of a run in its folder, cut off after `step`; 0 begins it anew.
 *
 * @throws UserError when the files cannot be read or written
 */
export function openMetrics(folder: string, step: number): Metrics {
  const csv = join(folder, METRICS_CSV);
  const jsonl = join(folder, METRICS_JSONL);
  const textOf = (path: string) => (existsSync(path) ? writing(path, () => readFileSync(path, "utf8")) : "");
  // Its header is no line with a step, and comes back in front.
  writeWhole(csv, CSV_HEADER + linesUpTo(textOf(csv), step, csvStep));
  const lines = linesUpTo(textOf(jsonl), step, jsonStep);
  writeWhole(jsonl, lines);
  const sync = (path: string) =>
    writing(path, () => {
      const file = openSync(path, "r+");
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  return {
    evaluations: evaluationsIn(lines),
    append: (row) => {
      const cells: Readonly<Partial<Record<string, string | number>>> = { ...row };
      writing(csv, () => appendFileSync(csv, stringify([columns.map((name) => cells[name])])));
      writing(jsonl, () => appendFileSync(jsonl, `${JSON.stringify(row)}\n`));
    },
    sync: () => {
      sync(csv);
      sync(jsonl);
    },
  };
}
