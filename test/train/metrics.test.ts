/** @file The record of a run: it parses, and a run that goes on finds neither gaps nor steps twice. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  METRICS_CSV,
  METRICS_JSONL,
  type MetricsRow,
  metricsRow,
  openMetrics,
  type StepRow,
} from "../../train/metrics.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (step: number): StepRow => ({
  kind: "step",
  step,
  epoch: 1,
  loss: 1 / 3 / step,
  learningRate: 1e-7,
  examplesPerSecond: 1000,
  seconds: 0.016,
  waitSeconds: 0.001,
  peakBytes: 88_400_000,
  processBytes: 700 * 2 ** 20,
});
const evaluation: MetricsRow = {
  kind: "evaluation",
  step: 3,
  epoch: 1,
  accuracy: 0.5,
  seconds: 2,
};

const text = (name: string) => readFileSync(join(folder, name), "utf8");
const csvRows = (): readonly Record<string, string>[] => parse(text(METRICS_CSV), { columns: true });
const jsonRows = () =>
  text(METRICS_JSONL)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as MetricsRow);

function write(from: number, to: number, resumeAt = from - 1): void {
  const metrics = openMetrics(folder, resumeAt);
  for (let step = from; step <= to; step++) {
    metrics.append(row(step));
    if (step === evaluation.step) metrics.append(evaluation);
  }
  metrics.sync();
}

it("holds each row in full, as CSV and as JSON", () => {
  write(1, 4);
  expect(jsonRows()).toEqual([row(1), row(2), row(3), evaluation, row(4)]);
  const rows = csvRows();
  expect(rows.map(({ kind, step }) => `${kind} ${step}`)).toEqual([
    "step 1",
    "step 2",
    "step 3",
    "evaluation 3",
    "step 4",
  ]);
  expect(rows.map(({ loss }) => Number(loss)).slice(0, 3)).toEqual([1 / 3, 1 / 3 / 2, 1 / 3 / 3]);
  expect(rows[0]).toMatchObject({ learningRate: "1e-7", gradientNorm: "", accuracy: "" });
  expect(rows[3]).toMatchObject({ loss: "", accuracy: "0.5", top5: "" });
});

it.each([0, 1, 2, 3, 4, 5])("goes on after step %d as if nothing had been in between", (step) => {
  write(1, 6);
  const whole = [text(METRICS_CSV), text(METRICS_JSONL)];
  write(step + 1, 6);
  expect([text(METRICS_CSV), text(METRICS_JSONL)]).toEqual(whole);
});

it("hands over the evaluations of the run so far", () => {
  write(1, 6);
  expect(openMetrics(folder, 4).evaluations).toEqual([evaluation]);
  expect(openMetrics(folder, 2).evaluations).toEqual([]);
});

it("drops a last line that a killed run was writing", () => {
  write(1, 6);
  const whole = [text(METRICS_CSV), text(METRICS_JSONL)];
  for (const length of [1, 6, 7, 20]) {
    appendFileSync(join(folder, METRICS_CSV), "step,7,1,0.25,0.001,,10,1.25,,".slice(0, length));
    appendFileSync(join(folder, METRICS_JSONL), '{"kind":"step","step":7,"epoch":1'.slice(0, length));
    openMetrics(folder, 9);
    expect([text(METRICS_CSV), text(METRICS_JSONL)]).toEqual(whole);
  }
});

it("goes on with the record of a version that did not measure memory", () => {
  const { peakBytes, processBytes, ...earlier } = row(1);
  const header =
    "kind,step,epoch,loss,learningRate,gradientNorm,examplesPerSecond,seconds,waitSeconds,accuracy,top5";
  writeFileSync(join(folder, METRICS_CSV), `${header}\nstep,1,1,0.25,0.001,,10,1.25,0.5,,\n`);
  writeFileSync(join(folder, METRICS_JSONL), `${JSON.stringify(earlier)}\n`);
  write(2, 2);
  expect(jsonRows()).toEqual([earlier, row(2)]);
  const rows = csvRows();
  expect(rows[0]).toMatchObject({ step: "1", loss: "0.25", peakBytes: "", processBytes: "" });
  expect(rows[1]).toMatchObject({ step: "2", peakBytes: "88400000", processBytes: "734003200" });
});

it("reads a line as a row, and nothing else", () => {
  expect(metricsRow(JSON.stringify(row(1)))).toEqual(row(1));
  expect(metricsRow(JSON.stringify(evaluation))).toEqual(evaluation);
  for (const line of ["", "null", "{}", '{"kind":"step","step":7', '{"kind":"step","step":7}']) {
    expect(metricsRow(line)).toBeUndefined();
  }
});

it("begins anew what is no record at all", () => {
  writeFileSync(join(folder, METRICS_CSV), "kind,st");
  writeFileSync(join(folder, METRICS_JSONL), "null\n\u0000\u0000\n");
  write(1, 2);
  expect(csvRows()).toHaveLength(2);
  expect(jsonRows()).toEqual([row(1), row(2)]);
});

it("says why it cannot be written", () => {
  expect(() => openMetrics(join(folder, "nowhere"), 0)).toThrow(/could not write .*metrics.csv: ENOENT/);
});
