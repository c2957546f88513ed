/** @file The runs of a folder, as their files tell of them. */
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { METRICS_JSONL, metricsRow, type StepRow } from "../../../../train/metrics.js";
import { type RunFile, readRunFile } from "../../../../train/runFile.js";
import { UserError } from "../../../units/userError.js";
import { outcomeOf } from "./runProcess.js";
import type { Outcome } from "./runState.js";

export interface RunSummary {
  readonly folder: string;
  readonly name: string;
  /** Absent where the folder does not say what the run is. */
  readonly run?: RunFile;
  /** Why it is not known what the run is. */
  readonly trouble?: string;
  /** The last one of the record. */
  readonly last?: StepRow;
  readonly status: Outcome | "running" | "unknown";
  /** When it last started or went on; of a run that does not say, when it last took a step. */
  readonly at: string;
}

/** Longer than some rows: the last step is among them. */
const TAIL_BYTES = 4096;

/** The end of a file; nothing of one that cannot be read. */
function endOf(path: string, size: number): string {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString("utf8");
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

/** The last step of a record. */
function lastStep(path: string, size: number): StepRow | undefined {
  const lines = endOf(path, size).split("\n").slice(0, -1);
  return lines.map(metricsRow).findLast((row): row is StepRow => row?.kind === "step");
}

function readable(folder: string): Pick<RunSummary, "run" | "trouble"> {
  try {
    return { run: readRunFile(folder) };
  } catch (error) {
    if (error instanceof UserError) return { trouble: error.message };
    throw error;
  }
}

/** A folder's run; undefined where there is nothing of one. */
function summaryOf(folder: string): RunSummary | undefined {
  const metrics = join(folder, METRICS_JSONL);
  const record = statSync(metrics, { throwIfNoEntry: false });
  const last = record && lastStep(metrics, record.size);
  const { run, trouble } = readable(folder);
  const at = run?.resumedAt ?? run?.startedAt ?? record?.mtime.toISOString();
  if (at === undefined) return undefined;
  return {
    folder,
    name: basename(folder),
    ...(run && { run }),
    ...(trouble !== undefined && { trouble }),
    ...(last && { last }),
    status: run ? (outcomeOf(run) ?? "running") : "unknown",
    at,
  };
}

/** The runs whose folders are in `base`, newest first; none where there is no such folder. */
export function runsIn(base: string): readonly RunSummary[] {
  if (!statSync(base, { throwIfNoEntry: false })?.isDirectory()) return [];
  const folders = readdirSync(base, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .flatMap(({ name }) => summaryOf(join(base, name)) ?? [])
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}
