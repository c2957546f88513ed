/** @file Two towers that learn from images and texts: zero-shot classification, retrieval, and resumption. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageDataset, Split } from "../../train/data/dataset.js";
import type { TrainingOptions } from "../../train/setup.js";
import { train } from "../../train/train.js";

const folder = mkdtempSync(join(tmpdir(), "willfit-test-"));
const SIDE = 4;
const classes = ["dark", "light", "left"];

/** Pixel `p` of an image of a class, with a little of the example's own. */
function pixel(label: number, p: number, index: number): number {
  const own = ((index * 7 + p) % 5) / 50;
  if (label === 2) return (p % SIDE < SIDE / 2 ? 1 : -1) + own;
  return (label === 0 ? -1 : 1) + own;
}

const split = (count: number): Split => ({
  count,
  examples: async (indices) => {
    const labels = Int32Array.from(indices, (index) => index % classes.length);
    const pixels = Float32Array.from({ length: indices.length * SIDE * SIDE }, (_, i) => {
      const example = Math.floor(i / (SIDE * SIDE));
      return pixel(labels[example]!, i % (SIDE * SIDE), indices[example]!);
    });
    return { pixels, labels, missing: [] };
  },
});

const shades: ImageDataset = {
  name: "shades",
  image: SIDE,
  channels: 1,
  classes,
  train: split(48),
  test: split(7),
};

/** The same images with a caption each and no class. */
const captioned = (labelled: Split): Split => ({
  count: labelled.count,
  examples: async (indices) => {
    const examples = await labelled.examples(indices);
    return {
      ...examples,
      labels: examples.labels.map(() => -1),
      captions: Array.from(examples.labels, (label) => `all ${classes[label]}`),
    };
  },
});

function options(out: string, overrides: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    model: "siglip-b16",
    modelOptions: { patch: 2, width: 16, depth: 1, heads: 2, textLength: 16 },
    plan: { globalBatch: 12 },
    dataset: shades,
    epochs: 10,
    learningRate: 0.01,
    warmupSteps: 4,
    prompts: ["a {} one"],
    seed: 1,
    out: join(folder, out),
    resume: false,
    checkpointEvery: 100,
    ...overrides,
  };
}

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("two towers", () => {
  it("learn to tell classes by sentences about them, and leave no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const result = await train(options("zero-shot"));
    expect(result).toMatchObject({ finished: true, measure: "zero-shot" });
    expect(result.evaluations.at(-1)).toMatchObject({ accuracy: 1, examples: 7 });
    expect(result.confusion).toEqual([
      [3, 0, 0],
      [0, 2, 0],
      [0, 0, 2],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("without classes are asked for an image's own caption, which is the nearest of as many as are alike", async () => {
    const before = tf.memory().numTensors;
    const pairs = { ...shades, classes: [], train: captioned(shades.train), test: captioned(split(3)) };
    const result = await train(options("retrieval", { dataset: pairs }));
    expect(result.measure).toBe("retrieval");
    expect(result.confusion).toBeUndefined();
    expect(result.evaluations.at(-1)).toMatchObject({ accuracy: 1, examples: 3 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("stopped and resumed end with the same bits, captions drawn and averages kept", async () => {
    const short = { epochs: 2, prompts: ["a {} one", "{}, they say"], plan: { globalBatch: 12, ema: 0.9 } };
    const whole = await train(options("whole", short));
    let step = 0;
    await train(options("stopped", short), {
      onStep: (progress) => {
        step = progress.step;
      },
      shouldStop: () => step === 5,
    });
    const resumed = await train(options("stopped", { ...short, resume: true }));
    expect(readFileSync(resumed.checkpoint!).equals(readFileSync(whole.checkpoint!))).toBe(true);
    const other = options("stopped", { ...short, prompts: ["a {} one"], resume: true });
    await expect(train(other)).rejects.toThrow("is of another run");
  });
});
