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

const stepSchema = z.object({
  kind: z.literal("step"),
  /** Steps made, this one included. */
  step: z.int(),
  /** From 1. */
  epoch: z.int(),
  loss: z.number(),
  learningRate: z.number(),
  /** Of all gradients together before clipping, where the optimizer clips. */
  gradientNorm: z.number().exactOptional(),
  examplesPerSecond: z.number(),
  /** Duration of this step, without checkpoint and evaluation. */
  seconds: z.number(),
  /** How long the step waited for its examples, before that. */
  waitSeconds: z.number(),
  /** The most that tensors of the step took at once: what the simulator predicts to the byte. Earlier versions did not measure it. */
  peakBytes: z.int().exactOptional(),
  /** Memory of the whole process after the step. */
  processBytes: z.int().exactOptional(),
});

/** One step of training. */
export type StepRow = Readonly<z.infer<typeof stepSchema>>;

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
type EvaluationRow = Readonly<z.infer<typeof evaluationSchema>>;

export type MetricsRow = StepRow | EvaluationRow;

const rowSchema = z.discriminatedUnion("kind", [stepSchema, evaluationSchema]);

/** The row of a JSON line; undefined of what is none. */
export function metricsRow(line: string): MetricsRow | undefined {
  try {
    return rowSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Every name that a row may have, in the order of the CSV's columns: new ones come last, so that earlier files can go on. */
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
  "peakBytes",
  "processBytes",
] as const satisfies readonly (keyof StepRow | keyof EvaluationRow)[];

const CSV_HEADER = stringify([[...columns]]);
const STEP_COLUMN = columns.indexOf("step");
/** Of the first files that had such rows. */
const FEWEST_COLUMNS = columns.indexOf("peakBytes");

export interface Metrics {
  /** Those of the run so far, from before it went on. */
  readonly evaluations: readonly EvaluationRow[];
  /** @throws UserError when the files cannot be written */
  readonly append: (row: MetricsRow) => void;
  /** Brings all rows to the disk: before a checkpoint, which counts on the rows up to its step. */
  readonly sync: () => void;
}

/** A line of a record, as it is written today. */
interface RecordLine {
  readonly step: number;
  readonly text: string;
}

/** Of a line of CSV; undefined of what is none. Values are numbers and words without commas: nothing is quoted. */
function csvLine(line: string): RecordLine | undefined {
  const fields = line.split(",");
  const missing = columns.length - fields.length;
  const step = fields[STEP_COLUMN] ?? "";
  if (missing < 0 || fields.length < FEWEST_COLUMNS || !/^\d+$/.test(step)) return undefined;
  return { step: Number(step), text: line + ",".repeat(missing) };
}

/** Of a JSON line; undefined of what is none. */
function jsonLine(text: string): RecordLine | undefined {
  const row = metricsRow(text);
  return row && { step: row.step, text };
}

/** The evaluations among whole JSON lines. */
function evaluationsIn(lines: string): readonly EvaluationRow[] {
  return lines.split("\n").flatMap((line) => {
    const row = metricsRow(line);
    return row?.kind === "evaluation" ? [row] : [];
  });
}

/**
 * The whole lines of a file up to a step. What follows the last line break is dropped, for a run that was killed may have been
 * writing it, and so is what has no step.
 */
function linesUpTo(text: string, step: number, lineOf: (line: string) => RecordLine | undefined): string {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .map(lineOf)
    .map((line) => (line && line.step <= step ? `${line.text}\n` : ""))
    .join("");
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
  writeWhole(csv, CSV_HEADER + linesUpTo(textOf(csv), step, csvLine));
  const lines = linesUpTo(textOf(jsonl), step, jsonLine);
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
