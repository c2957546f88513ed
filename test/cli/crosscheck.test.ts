/** @file `willfit crosscheck`: what it compares, how it says so, and what it refuses. Of tiny models, on whatever backend there is. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type HostProfile, loadHardware, saveHardware } from "../../sim/hardware.js";
import type { Prediction } from "../../sim/prediction.js";
import { DISAGREE } from "../../src/cli/crosscheck.js";
import { caseSizes, crosscheckCases } from "../../src/cli/crosscheckCases.js";
import { INTERRUPTED } from "../../src/cli/interruption.js";
import { MALFORMED } from "../../src/cli/program.js";
import { loadBackend } from "../../train/backend.js";
import type { BackendName } from "../../train/machine.js";
import { willfit } from "./capture.js";

const tinyVit = "--image 8 --patch 4 --channels 1 --width 16 --depth 2 --heads 2";
const vit = `crosscheck vit-s16 ${tinyVit} --classes 5 --batch 4 --steps 1`;
const digits = "--image 28 --channels 1 --classes 10 --batch 4 --steps 1";

const number = z.number();
const both = z.object({ predictedSeconds: number, measuredSeconds: number });
const crosscheckSchema = z.object({
  backend: z.object({ name: z.enum(["tensorflow", "wasm", "cpu"]), version: z.string(), threads: number }),
  hardware: z.string(),
  calibration: z.object({ backend: z.string() }).nullable(),
  tolerance: z.object({ median: number, worst: number }),
  judgesTime: z.boolean(),
  judgesProducts: z.boolean(),
  finished: z.boolean(),
  rows: z.array(
    z.object({
      model: z.string(),
      modelOptions: z.record(z.string(), z.union([z.string(), number])),
      globalBatch: number,
      plan: z.object({ remat: z.string(), activations: z.string() }),
      predicted: z.object({
        stepSeconds: number,
        peakBytes: number,
        params: number,
        flops: number,
        multiplyAdds: number,
      }),
      measured: z.object({
        stepSeconds: number.positive(),
        quartileSeconds: z.tuple([number, number]),
        timedSeconds: z.array(number).min(2),
        peakBytes: number,
        params: number,
        multiplyAdds: number,
        loss: number,
      }),
      timeError: number,
      places: z.array(both.extend({ place: z.string() })).optional(),
      operations: z.array(both.extend({ name: z.string(), count: z.int() })).optional(),
    }),
  ),
  summary: z.object({ rows: number, medianTimeError: number, worstTimeError: number, agrees: z.boolean() }),
});

const answerOf = (stdout: string) => crosscheckSchema.parse(JSON.parse(stdout));
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const folder = mkdtempSync(join(tmpdir(), "willfit-crosscheck-"));

afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Keeps `host-BACKEND`, with the constants of the project's own host. */
function keepProfile(name: string, backend: BackendName): void {
  vi.stubEnv("WILLFIT_CONFIG", folder);
  const profile = loadHardware("host") as HostProfile;
  const calibration = {
    backend,
    backendVersion: "4.22.0",
    processor: "a test's",
    threads: 1,
    measured: "2026-01-31T12:00:00Z",
    classes: {},
  };
  saveHardware({ ...profile, name, calibration });
}

describe("crosscheck", () => {
  it.each([
    `${vit} --remat none,block`,
    `crosscheck siglip-b16 ${tinyVit} --text-length 4 --vocabulary 11 --loss sigmoid,softmax --batch 4 --steps 1`,
    `crosscheck resnet50,botnet50 --width 4 ${digits} --remat none`,
    `crosscheck efficientnet-b0 --width-percent 25 ${digits} --remat block`,
    `crosscheck mixer-s16 --patch 7 --width 16 --depth 2 ${digits} --optimizer lion --remat none`,
  ])("%s: counts the same as was predicted, and leaves no tensor behind", async (line) => {
    await loadBackend();
    const before = tf.memory().numBytes;
    const { status, stdout } = await willfit(`${line} --json`);
    const { rows, judgesProducts, finished } = answerOf(stdout);
    expect(rows.length).toBeGreaterThan(0);
    for (const { predicted, measured } of rows) {
      expect(measured.peakBytes).toBe(predicted.peakBytes);
      expect(measured.params).toBe(predicted.params);
      if (judgesProducts) expect(measured.multiplyAdds).toBe(predicted.multiplyAdds);
    }
    expect(finished).toBe(true);
    expect(status).toBe(0);
    expect(tf.memory().numBytes).toBe(before);
  });

  it("predicts as predict does, of the program that it runs", async () => {
    const { backend, rows } = answerOf((await willfit(`${vit} --remat none --json`)).stdout);
    const asked = `predict vit-s16 ${tinyVit} --classes 5 --batch 4 --activations f32 --on host --json`;
    const { memory, params, flopsPerStep } = JSON.parse((await willfit(asked)).stdout) as Prediction;
    const [row] = rows;
    expect(row).toMatchObject({
      model: "vit-s16",
      modelOptions: { image: 8, patch: 4, width: 16 },
      globalBatch: 4,
      plan: { remat: "none", activations: "f32" },
      predicted: { params, flops: flopsPerStep },
    });
    if (backend.name === "tensorflow") expect(row!.predicted.peakBytes).toBe(memory.peakBytes);
  });

  it("exits 1 beyond the tolerance, and says by how much", async () => {
    const { status, stdout, stderr } = await willfit(`${vit} --time-tolerance 0`);
    expect(stdout).toMatch(/^vit-s16 --image 8 [^\n]+: [\d.]+ k parameters\n/);
    expect(stdout).toContain("predicted and measured do not agree");
    expect(stdout).toMatch(/step time off by [\d.]+ % \(median\), [\d.]+ % at most; tolerated: 0 %, 0 %\n/);
    expect(stdout).toContain("peak of tensors' bytes: equal in all rows");
    expect(stderr).toMatch(/^profile host is not calibrated: [^\n]+\n$/);
    expect(status).toBe(DISAGREE);
    for (const text of stdout.split("\n").slice(1, 4)) expect(text.length).toBeLessThanOrEqual(80);
  });

  it("shows where the two disagree, on both sides all of the step", async () => {
    const line = `${vit} --remat none --per-op`;
    const { rows } = answerOf((await willfit(`${line} --json`)).stdout);
    const [{ predicted, measured, places, operations }] = rows as [(typeof rows)[number]];
    for (const parts of [places!, operations!]) {
      const [ours, theirs] = [
        sum(parts.map(({ predictedSeconds }) => predictedSeconds)),
        sum(parts.map(({ measuredSeconds }) => measuredSeconds)),
      ];
      expect(ours).toBeCloseTo(predicted.stepSeconds, 9);
      expect(theirs).toBeCloseTo(measured.stepSeconds, 9);
    }
    expect(places!.map(({ place }) => place)).toContain("backward/vit/encoder/block1/mlp/up");
    const { stdout } = await willfit(line);
    expect(stdout).toMatch(/^where they disagree most +predicted +measured +off by$/m);
    expect(stdout).toMatch(/ × 2 /);
    expect(stdout).toMatch(/^and in what /m);
  });

  it("writes CSV and Markdown that parse back", async () => {
    const output = join(folder, "rows.csv");
    const { status, stdout, stderr } = await willfit(`${vit} --output ${output}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toContain(`${output}: 2 rows`);
    const records = parse<Readonly<Record<string, string>>>(readFileSync(output, "utf8"), { columns: true });
    expect(records.map(({ remat }) => remat)).toEqual(["none", "block"]);
    for (const record of records) {
      expect(record).toMatchObject({ model: "vit-s16", image: "8", globalBatch: "4" });
      expect(record.measuredPeakBytes).toBe(record.predictedPeakBytes);
      expect(Number(record.timeError)).toBeCloseTo(
        Number(record.predictedStepSeconds) / Number(record.measuredStepSeconds) - 1,
        9,
      );
    }
    const markdown = (await willfit(`${vit} --markdown`)).stdout.trim().split("\n");
    expect(markdown).toHaveLength(4);
    expect(new Set(markdown.map((row) => row.split("|").length)).size).toBe(1);
  });

  it("runs on the backend that is asked for, with its profile", async () => {
    keepProfile("host-cpu", "cpu");
    const { stdout } = await willfit(`${vit} --backend cpu --json`);
    const { backend, hardware, calibration, judgesTime, rows } = answerOf(stdout);
    expect({ name: backend.name, hardware, calibrated: calibration?.backend, judgesTime }).toEqual({
      name: "cpu",
      hardware: "host-cpu",
      calibrated: "cpu",
      judgesTime: true,
    });
    for (const { predicted, measured } of rows) expect(measured.peakBytes).toBe(predicted.peakBytes);
  });

  it("refuses another backend's profile", async () => {
    keepProfile("host-cpu", "wasm");
    const { status, stdout, stderr } = await willfit(`${vit} --backend cpu`);
    expect(stderr).toBe(
      "willfit: profile host-cpu was calibrated on wasm, and cpu is active: run `willfit calibrate --backend cpu`\n",
    );
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
  });

  it("says what cannot be built, and goes on with the rest", async () => {
    const { status, stderr } = await willfit(`${vit.replace("vit-s16", "resnet50 vit-s16")} --csv`);
    expect(stderr).toContain("left out: resnet50 has no option --patch");
    expect(status).toBe(0);
  });

  it("is ended by Ctrl-C", async () => {
    const listeners = () => process.listeners("SIGINT");
    const known = new Set(listeners());
    const before = tf.memory().numBytes;
    const running = willfit(vit);
    await vi.waitUntil(() => listeners().some((listener) => !known.has(listener)), { timeout: 20_000 });
    for (const listener of listeners()) if (!known.has(listener)) listener("SIGINT");
    const { status, stdout, stderr } = await running;
    expect(stderr).toContain("stopped after 0 of 2 rows");
    expect({ status, stdout }).toEqual({ status: INTERRUPTED, stdout: "" });
    expect(tf.memory().numBytes).toBe(before);
  });

  it("has each family at two batches, with and without rematerialisation", () => {
    for (const size of caseSizes) {
      const { cases, leftOut } = crosscheckCases({ models: [], modelOptions: [{}], plans: [{}], size });
      expect(leftOut).toEqual([]);
      expect(cases).toHaveLength(32);
      expect(cases.filter(({ plan }) => plan.loss === "softmax")).toHaveLength(4);
    }
  });
});

describe("malformed questions", () => {
  it.each([
    ["crosscheck vit-s61", 'unknown model "vit-s61"; did you mean vit-s'],
    ["crosscheck resnet50 --heads 3", "resnet50 has no option --heads"],
    ["crosscheck --devices 8", "--devices 8: this computer is one device"],
    ["crosscheck --backend gpu", "--backend gpu: unknown; did you mean cpu?"],
    ["crosscheck --csv --json", "--csv and --json: one of them at a time"],
    ["crosscheck --time-tolerance much", "--time-tolerance much: not one or two percentages"],
    ["crosscheck --steps 0", "--steps 0: less than one"],
    [`${vit} --remat blok`, "--remat blok: no part of the model; did you mean block?"],
    [`${vit} --backend cpu`, "there is no profile of the cpu backend: run `willfit calibrate --backend cpu`"],
  ])("willfit %s", async (line, message) => {
    const { status, stdout, stderr } = await willfit(line);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^willfit: [^\n]+$/);
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
  });
});
