/** @file Training runs: they learn, they stop and go on without a trace, and they say what is wrong. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageDataset } from "../../train/data/dataset.js";
import { loadMnist, parseIdx } from "../../train/data/mnist.js";
import { epochOrder } from "../../train/data/order.js";
import { CHECKPOINT_FILE, type TrainingOptions, train } from "../../train/train.js";

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

  it.each([1, 6, 11, 23])("stopped after step %d and resumed ends with the same bits", async (stopAt) => {
    const whole = await train(options(`whole${stopAt}`));
    let step = 0;
    const stopped = await train(options(`stopped${stopAt}`), {
      onStep: (progress) => {
        step = progress.step;
      },
      shouldStop: () => step === stopAt,
    });
    expect(stopped).toMatchObject({ finished: false, steps: stopAt });
    const resumed = await train(options(`stopped${stopAt}`, { resume: true }));
    expect(resumed).toMatchObject({ finished: true, steps: 24 });
    expect(readFileSync(resumed.checkpoint!).equals(readFileSync(whole.checkpoint!))).toBe(true);
  });

  it("refuses a checkpoint of another run, a damaged one and none at all", async () => {
    await train(options("damaged", { epochs: 1 }));
    const path = join(folder, "damaged", CHECKPOINT_FILE);
    const again = (overrides: Partial<TrainingOptions> = {}) =>
      train(options("damaged", { epochs: 1, resume: true, ...overrides }));
    await expect(again({ seed: 4 })).rejects.toThrow("is of another run");
    await expect(again({ resume: false })).rejects.toThrow("is there already");
    truncateSync(path, 2000);
    await expect(again()).rejects.toThrow("not a whole checkpoint");
    writeFileSync(path, "hello");
    await expect(again()).rejects.toThrow("too short");
    rmSync(path);
    await expect(again()).rejects.toThrow("could not read the checkpoint");
  });

  it("says when model and data do not go together", async () => {
    await expect(train(options("x", { model: "siglip-b16", modelOptions: {} }))).rejects.toThrow(
      "learns from pairs of images and texts",
    );
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
