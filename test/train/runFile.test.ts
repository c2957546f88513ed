/** @file What a run's folder says of it: while it goes, when it has ended in one way or another, and when it went on. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterAll, beforeAll, expect, it } from "vitest";
import { UserError } from "../../src/units/userError.js";
import type { ImageDataset } from "../../train/data/dataset.js";
import { loadMnist } from "../../train/data/mnist.js";
import { RUN_FILE, type RunFile, readRunFile } from "../../train/runFile.js";
import type { TrainingOptions } from "../../train/setup.js";
import { train } from "../../train/train.js";

const folder = mkdtempSync(join(tmpdir(), "willfit-run-"));
const mnist = loadMnist();
const few: ImageDataset = {
  ...mnist,
  train: { ...mnist.train, count: 48 },
  test: { ...mnist.test, count: 20 },
};

const options = (name: string, overrides: Partial<TrainingOptions> = {}): TrainingOptions => ({
  model: "vit-s16",
  modelOptions: { patch: 14, width: 8, depth: 1, heads: 2 },
  plan: { globalBatch: 16 },
  dataset: few,
  epochs: 2,
  learningRate: 0.01,
  warmupSteps: 2,
  seed: 3,
  out: join(folder, name),
  resume: false,
  checkpointEvery: 5,
  ...overrides,
});

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string) => readRunFile(join(folder, name));

it("tells what the run is from its first step on, and that it has finished", async () => {
  const command = { arguments: ["train", "vit-s16", "--data", "mnist"], directory: "/somewhere" };
  let during: RunFile | undefined;
  let parameters = 0;
  await train(options("whole", { command }), {
    onStart: (info) => {
      during = read("whole");
      ({ parameters } = info);
    },
  });
  expect(during).toMatchObject({
    command,
    model: "vit-s16",
    modelOptions: { image: 28, patch: 14, width: 8, classes: 10 },
    plan: { globalBatch: 16, optimizer: "adamw", activations: "f32", devices: 1 },
    data: "mnist",
    measure: "classification",
    backend: { name: "cpu", version: tf.version_core },
    parameters,
    epochs: 2,
    stepsPerEpoch: 3,
    steps: 6,
    processId: process.pid,
  });
  expect(during?.classes).toEqual(few.classes);
  expect(during?.end).toBeUndefined();
  expect(during?.resumedAt).toBeUndefined();
  const { end, ...rest } = read("whole");
  expect(rest).toEqual(during);
  expect(end?.how).toBe("finished");
  expect(Date.parse(end!.at)).toBeGreaterThanOrEqual(Date.parse(rest.startedAt));
});

it("tells that the run was stopped, and when it went on", async () => {
  await train(options("stopped"), { shouldStop: () => true });
  const stopped = read("stopped");
  expect(stopped.end?.how).toBe("stopped");
  await train(options("stopped", { resume: true }));
  const { startedAt, resumedAt, end } = read("stopped");
  expect(startedAt).toBe(stopped.startedAt);
  expect(Date.parse(resumedAt!)).toBeGreaterThanOrEqual(Date.parse(startedAt));
  expect(end?.how).toBe("finished");
});

it("tells why the run failed", async () => {
  const diverging = options("diverges", { learningRate: 1e30, hyperparameters: { clipNorm: 1e30 } });
  await expect(train(diverging)).rejects.toThrow(UserError);
  const { end } = read("diverges");
  expect(end?.how).toBe("failed");
  expect(end?.error).toMatch(/^the loss of step \d+ is not a number; try a lower --learning-rate$/);
});

it("is as it was when another run is refused", async () => {
  await train(options("refuses"));
  const before = read("refuses");
  await expect(train(options("refuses"))).rejects.toThrow("is there already");
  await expect(train(options("refuses", { resume: true, seed: 4 }))).rejects.toThrow("is of another run");
  expect(read("refuses")).toEqual(before);
});

it("is written anew by a run that goes on, where it is damaged", async () => {
  await train(options("renewed"), { shouldStop: () => true });
  writeFileSync(join(folder, "renewed", RUN_FILE), "{");
  await train(options("renewed", { resume: true }));
  expect(read("renewed").end?.how).toBe("finished");
});

it.each([
  ["half", '{"model": "vit', /run\.json is damaged: not JSON$/],
  ["a list", "[]", /run\.json is damaged: all of it: /],
  ["another type", '{"model": 7}', /run\.json is damaged: model: /],
])("that is damaged is said to be: %s", (name, text, message) => {
  const path = mkdtempSync(join(folder, name));
  writeFileSync(join(path, RUN_FILE), text);
  expect(() => readRunFile(path)).toThrow(UserError);
  expect(() => readRunFile(path)).toThrow(message);
});

it("that is not there is said not to be", () => {
  expect(() => read("nowhere")).toThrow(/nowhere has no run\.json: no run, or one of an earlier version/);
});
