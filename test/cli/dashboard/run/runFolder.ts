/** @file A run's folder as a run might have left it, written piece by piece: what following runs is tested with. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../../../src/writeWhole.js";
import { METRICS_JSONL, type MetricsRow, type StepRow } from "../../../../train/metrics.js";
import { RUN_FILE, type RunFile } from "../../../../train/runFile.js";
import { tinyPlan } from "../../../train/tiny.js";
import { facts, progressAt } from "./scriptedRun.js";

/** A process that there is not: numbers are lower on Linux. */
export const NO_PROCESS = 2 ** 30;

/** The run that `scriptedRun` is, by this process. */
export const runFile: RunFile = {
  command: { arguments: ["train", "vit-s16", "--data", "mnist", "--dashboard"], directory: process.cwd() },
  model: "vit-s16",
  modelOptions: { image: 28, channels: 1, classes: 10, patch: 7, width: 64, depth: 4, heads: 4 },
  plan: { ...tinyPlan, globalBatch: facts.batch },
  data: "mnist",
  classes: [...facts.classes],
  measure: "classification",
  backend: { name: "tensorflow", version: "4.22.0" },
  parameters: 208_074,
  epochs: facts.epochs,
  stepsPerEpoch: facts.stepsPerEpoch,
  steps: facts.epochs * facts.stepsPerEpoch,
  processId: process.pid,
  startedAt: "2026-11-26T10:00:00.000Z",
};

/** The same, where no command line tells this process from others. */
export const { command: _, ...ofThisProcess } = runFile;

export const endedAs = (how: "finished" | "stopped" | "failed", error?: string): RunFile => ({
  ...runFile,
  end: { how, at: "2026-11-26T10:05:00.000Z", ...(error !== undefined && { error }) },
});

export function stepRow(step: number): StepRow {
  const { loss, learningRate, seconds, peakBytes, processBytes, epoch } = progressAt(step);
  return {
    kind: "step",
    step,
    epoch: epoch + 1,
    loss,
    learningRate,
    gradientNorm: 1,
    examplesPerSecond: facts.batch / seconds,
    seconds,
    waitSeconds: 0.125,
    peakBytes: peakBytes!,
    processBytes: processBytes!,
  };
}

export const stepRows = (from: number, to: number): readonly StepRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => stepRow(from + i));

export const evaluationRow = (epoch: number, accuracy: number): MetricsRow => ({
  kind: "evaluation",
  step: epoch * facts.stepsPerEpoch,
  epoch,
  accuracy,
  top5: 0.99,
  seconds: 2,
});

const lines = (rows: readonly MetricsRow[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export function writeRun(folder: string, run: RunFile): void {
  mkdirSync(folder, { recursive: true });
  writeWhole(join(folder, RUN_FILE), JSON.stringify(run));
}

export const appendRows = (folder: string, rows: readonly MetricsRow[]) =>
  appendFileSync(join(folder, METRICS_JSONL), lines(rows));

/** As a run does that goes on. */
export const replaceRows = (folder: string, rows: readonly MetricsRow[]) =>
  writeWhole(join(folder, METRICS_JSONL), lines(rows));
