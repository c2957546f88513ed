/** @file Training runs: they learn, they stop and go on without a trace, and they say what is wrong. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostMemory, hostProgram } from "../../src/program/hostMemory.js";
import { loadBackend } from "../../train/backend.js";
import { checkpointFiles } from "../../train/checkpoints.js";
import type { ImageDataset } from "../../train/data/dataset.js";
import { parseIdx } from "../../train/data/idx.js";
import { loadMnist } from "../../train/data/mnist.js";
import { epochOrder } from "../../train/data/order.js";
import { METRICS_CSV, METRICS_JSONL, type MetricsRow } from "../../train/metrics.js";
import { setUp, type TrainingOptions } from "../../train/setup.js";
import { TENSORBOARD_FOLDER } from "../../train/tensorboard.js";
import { train } from "../../train/train.js";

const folder = mkdtempSync(join(tmpdir(), "willfit-test-"));
const mnist = loadMnist();

/** The first few real digits, so that an epoch is a handful of steps. */
const few: ImageDataset = {
  ...mnist,
  train: { ...mnist.train, count: 96 },
  test: { ...mnist.test, count: 40 },
};

function options(out: string, overrides: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    model: "vit-s16",
    modelOptions: { patch: 7, width: 16, depth: 1, heads: 2 },
    plan: { globalBatch: 16 },
    dataset: few,
    epochs: 4,
    learningRate: 0.01,
    warmupSteps: 2,
    seed: 3,
    out: join(folder, out),
    resume: false,
    checkpointEvery: 5,
    ...overrides,
  };
}

/** What was written down of a run, in both forms, without what the clock and the system say. */
function record(out: string) {
  const csv: readonly Record<string, string>[] = parse(readFileSync(join(folder, out, METRICS_CSV)), {
    columns: true,
  });
  const lines = readFileSync(join(folder, out, METRICS_JSONL), "utf8")
    .trimEnd()
    .split("\n");
  return {
    csv: csv.map(
      (row): Record<string, string> => ({
        ...row,
        examplesPerSecond: "",
        seconds: "",
        waitSeconds: "",
        processBytes: "",
      }),
    ),
    jsonl: lines.map((line) => ({
      ...(JSON.parse(line) as MetricsRow),
      examplesPerSecond: 0,
      seconds: 0,
      waitSeconds: 0,
      processBytes: 0,
    })),
  };
}

const steps = (out: string) => checkpointFiles(join(folder, out)).map(({ step }) => step);

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a run", () => {
  it("lowers the loss on real digits and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    const result = await train(options("learns"), { onStep: ({ loss }) => losses.push(loss) });
    expect(result).toMatchObject({ finished: true, steps: 24 });
    expect(result.evaluations).toHaveLength(4);
    const mean = (from: number, to: number) =>
      losses.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
    expect(mean(18, 24)).toBeLessThan(0.95 * mean(0, 6));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("stopped after any step and resumed ends with the same bits and the same record", async () => {
    const short = { epochs: 2, checkpointEvery: 4 };
    const whole = await train(options("whole", short));
    for (let stopAt = 1; stopAt < whole.steps; stopAt++) {
      const out = `stopped${stopAt}`;
      let step = 0;
      const stopped = await train(options(out, short), {
        onStep: (progress) => {
          step = progress.step;
        },
        shouldStop: () => step === stopAt,
      });
      expect(stopped).toMatchObject({ finished: false, steps: stopAt });
      const resumed = await train(options(out, { ...short, resume: true }));
      expect(resumed).toMatchObject({ finished: true, steps: whole.steps });
      expect(readFileSync(resumed.checkpoint!).equals(readFileSync(whole.checkpoint!))).toBe(true);
      expect(record(out)).toEqual(record("whole"));
      expect(resumed.evaluations).toEqual(whole.evaluations);
    }
  });

  it("ends when the loss is no number, with the last checkpoint as it was", async () => {
    const diverging = options("diverges", { learningRate: 1e30, hyperparameters: { clipNorm: 1e30 } });
    await expect(train(diverging)).rejects.toThrow("is not a number; try a lower --learning-rate");
    for (const checkpoint of checkpointFiles(join(folder, "diverges")))
      expect(checkpoint.step).toBeLessThan(10);
  });

  it("writes TensorBoard's event files on the tensorflow backend alone", async ({ skip }) => {
    const board = { epochs: 1, tensorboard: true };
    await expect(train(options("board-cpu", board))).rejects.toThrow("needs the tensorflow backend");
    const { name } = await loadBackend();
    if (name !== "tensorflow") {
      await tf.setBackend("cpu");
      skip("the tensorflow backend is not available");
    }
    try {
      await train(options("board", board));
    } finally {
      await tf.setBackend("cpu");
    }
    const [file] = readdirSync(join(folder, "board", TENSORBOARD_FOLDER));
    const events = readFileSync(join(folder, "board", TENSORBOARD_FOLDER, file!), "latin1");
    expect(events.split("train/loss")).toHaveLength(7);
    expect(events.split("test/accuracy")).toHaveLength(2);
  });

  it("writes down every step and every evaluation", async () => {
    const result = await train(options("record", { epochs: 2 }));
    const { csv, jsonl } = record("record");
    expect(jsonl.map(({ kind, step, epoch }) => `${kind} ${step} ${epoch}`)).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((step) => `step ${step} 1`),
      "evaluation 6 1",
      ...[7, 8, 9, 10, 11, 12].map((step) => `step ${step} 2`),
      "evaluation 12 2",
    ]);
    const last = jsonl.at(-1)!;
    const { accuracy, top5 } = result.evaluations[1]!;
    expect(last).toMatchObject({ accuracy, top5 });
    expect(top5).toBeGreaterThan(accuracy);
    const step = jsonl[11]!;
    expect(step.kind === "step" && step.gradientNorm).toBeGreaterThan(0);
    expect(csv).toHaveLength(jsonl.length);
    for (const [i, row] of jsonl.entries()) {
      expect(csv[i]).toMatchObject({ kind: row.kind, step: String(row.step), epoch: String(row.epoch) });
      if (row.kind === "step") expect(Number(csv[i]!.loss)).toBe(row.loss);
    }
    const examples = result.confusion!.flat().reduce((a, b) => a + b, 0);
    expect(examples).toBe(few.test.count);
  });

  it("measures the peak of live tensors that is predicted, in every step", async () => {
    const asked = options("peak", { epochs: 2 });
    const { plan, program } = setUp(asked);
    expect(plan.globalBatch).toBe(16);
    const of = program();
    const { peakBytes } = hostMemory(of, hostProgram(of, false));
    const measured: (number | undefined)[] = [];
    // What was there before is not the run's.
    const other = tf.zeros([1000]);
    await train(asked, {
      onStep: (progress) => {
        measured.push(progress.peakBytes);
        expect(progress.processBytes).toBeGreaterThan(peakBytes);
      },
    });
    other.dispose();
    expect(measured).toEqual(Array(12).fill(peakBytes));
    const { csv, jsonl } = record("peak");
    expect(jsonl.flatMap((row) => (row.kind === "step" ? [row.peakBytes] : []))).toEqual(measured);
    expect(csv[0]).toMatchObject({ peakBytes: String(peakBytes) });
  });

  it("keeps the newest checkpoints, as many as are asked for", async () => {
    await train(options("kept"));
    expect(steps("kept")).toEqual([24, 20, 18]);
    await train(options("keptOne", { keep: 1 }));
    expect(steps("keptOne")).toEqual([24]);
  });

  it("goes on from the checkpoint before a damaged one, and ends with the same bits", async () => {
    const whole = await train(options("undamaged"));
    let step = 0;
    const { checkpoint } = await train(options("newestDamaged"), {
      onStep: (progress) => {
        step = progress.step;
      },
      shouldStop: () => step === 17,
    });
    truncateSync(checkpoint!, 3000);
    writeFileSync(join(folder, "newestDamaged", "checkpoint-000018.safetensors.1.tmp"), "half");
    const damaged: string[] = [];
    let from = -1;
    const resumed = await train(options("newestDamaged", { resume: true }), {
      onDamaged: (why) => damaged.push(why),
      onStart: (info) => {
        from = info.step;
      },
    });
    expect(damaged).toEqual([expect.stringMatching(/checkpoint-000017.*not a whole checkpoint/)]);
    expect(from).toBe(15);
    expect(readFileSync(resumed.checkpoint!).equals(readFileSync(whole.checkpoint!))).toBe(true);
    expect(record("newestDamaged")).toEqual(record("undamaged"));
    expect(readdirSync(join(folder, "newestDamaged")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses a checkpoint of another run, a damaged one and none at all", async () => {
    await train(options("damaged", { epochs: 1 }));
    const again = (overrides: Partial<TrainingOptions> = {}) =>
      train(options("damaged", { epochs: 1, resume: true, ...overrides }));
    await expect(again({ seed: 4 })).rejects.toThrow("is of another run");
    await expect(again({ resume: false })).rejects.toThrow("is there already");
    const files = checkpointFiles(join(folder, "damaged"));
    for (const { path } of files) truncateSync(path, 2000);
    await expect(again()).rejects.toThrow(`none of the ${files.length} checkpoint(s)`);
    for (const { path } of files) writeFileSync(path, "hello");
    await expect(again()).rejects.toThrow(`none of the ${files.length} checkpoint(s)`);
    for (const { path } of files) rmSync(path);
    await expect(again()).rejects.toThrow("there is no checkpoint in");
    await expect(again({ resume: false })).resolves.toMatchObject({ finished: true });
  });

  it("says when model and data do not go together", async () => {
    await expect(train(options("x", { model: "mask-rcnn-r50", modelOptions: {} }))).rejects.toThrow(
      "learns from objects in images",
    );
    const lit = { model: "lit-b8", modelOptions: { patch: 7 } };
    await expect(train(options("x", lit))).rejects.toThrow("add --image-tower trained or frozen");
    const pairs = { model: "siglip-b16", modelOptions: { patch: 7 } };
    await expect(train(options("x", { ...pairs, mixup: 0.2 }))).rejects.toThrow("no labels for");
    await expect(train(options("x", { ...pairs, prompts: ["a digit"] }))).rejects.toThrow("{} is missing");
    const unlabelled = { dataset: { ...few, classes: [] } };
    await expect(train(options("x", unlabelled))).rejects.toThrow("learns from labels");
    await expect(train(options("x", { modelOptions: { patch: 7, classes: 7 } }))).rejects.toThrow(
      "leave --image",
    );
    await expect(train(options("x", { plan: { globalBatch: 1000 } }))).rejects.toThrow(
      "a batch of 1000 is more than the 96 examples",
    );
  });
});

describe("data", () => {
  it("is the real MNIST", async () => {
    const { pixels, labels } = await mnist.train.examples([0, 1, 2, 3, 4]);
    expect([...labels]).toEqual([5, 0, 4, 1, 9]); // the well-known first digits
    expect(mnist.train.count).toBe(60_000);
    expect(mnist.test.count).toBe(10_000);
    expect(Math.min(...pixels)).toBe(-1);
    expect(Math.max(...pixels)).toBe(1);
  });

  it("rejects what is not an IDX file", () => {
    expect(() => parseIdx("x", Buffer.from("not idx at all"))).toThrow("x: not an IDX file");
    expect(() => parseIdx("x", Buffer.from([0, 0, 8, 1, 0, 0, 0, 9, 1]))).toThrow("truncated: 1 of 9 bytes");
  });

  it("comes in an order that only seed and epoch decide", () => {
    const order = epochOrder(100, 1, 2);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(epochOrder(100, 1, 2)).toEqual(order);
    expect(epochOrder(100, 1, 3)).not.toEqual(order);
  });
});
