/** @file Experiments: what is run, what goes on from before, and the figures that are made of it. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { differenceTexts, experimentMarkdown } from "../../src/cli/experimentText.js";
import { buildModel } from "../../src/models/zoo.js";
import type { ImageDataset } from "../../train/data/dataset.js";
import { loadMnist } from "../../train/data/mnist.js";
import { type Experiment, experiments, findExperiment } from "../../train/experiments.js";
import { resultOf, runExperiment, trialsOf } from "../../train/runExperiment.js";

const mnist = loadMnist();
const few: ImageDataset = {
  ...mnist,
  train: { ...mnist.train, count: 32 },
  test: { ...mnist.test, count: 20 },
};
const variant = (pool: string) => ({ name: pool, modelOptions: { pool } });
const tiny: Experiment = {
  name: "tiny",
  question: "Which?",
  finding: "neither",
  model: "vit-s16",
  modelOptions: { patch: 14, width: 8, depth: 1, heads: 1 },
  epochs: 1,
  comparisons: [
    { name: "", globalBatch: 16, learningRate: 0.01, variants: [variant("gap"), variant("token")] },
  ],
};
const question = { experiment: tiny, dataset: few, seeds: 2, epochs: 1 };

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("an experiment", () => {
  it("runs each variant with each seed, and repeats itself", async () => {
    expect(trialsOf(question).map(({ variant: { name }, seed }) => `${name} ${seed}`)).toEqual([
      "gap 1",
      "token 1",
      "gap 2",
      "token 2",
    ]);
    const told = new Map<number, number>();
    const accuracies = await runExperiment(question, {
      known: new Map(),
      onTrial: (trial, accuracy) => told.set(trial, accuracy),
    });
    expect(accuracies).toHaveLength(4);
    expect([...told.values()]).toEqual(accuracies);
    // What is known is not run again: the third is made up, the others are found again.
    const again = await runExperiment(question, { known: new Map([[2, 0.5]]) });
    expect(again).toEqual(accuracies!.map((accuracy, i) => (i === 2 ? 0.5 : accuracy)));
    expect(await runExperiment(question, { known: new Map(), shouldStop: () => true })).toBeUndefined();
  });

  it("has means, spreads, and differences of paired seeds", () => {
    const result = resultOf({ experiment: tiny, seeds: 3 }, [0.9, 0.8, 0.92, 0.84, 0.94, 0.82]);
    const [gap, token] = result.variants;
    expect(gap).toMatchObject({ variant: "gap", accuracies: [0.9, 0.92, 0.94] });
    expect(gap!.mean).toBeCloseTo(0.92, 12);
    expect(gap!.spread).toBeCloseTo(0.02, 12);
    expect(token!.mean).toBeCloseTo(0.82, 12);
    const [difference] = result.differences;
    expect(difference!.mean).toBeCloseTo(0.1, 12);
    // Of 0.10, 0.08 and 0.12: a deviation of 0.02 by the root of three.
    expect(difference!.error).toBeCloseTo(0.02 / Math.sqrt(3), 12);
    expect(differenceTexts(tiny, result)).toEqual(["gap is 10.00 ± 1.15 points ahead of token"]);
    const markdown = experimentMarkdown(tiny, result, "three seeds");
    expect(markdown).toContain("| gap | 92.00 | 2.00 | 90.00 92.00 94.00 |");
  });

  it("says when a difference is within the noise, and who is ahead", () => {
    const result = resultOf({ experiment: tiny, seeds: 2 }, [0.5, 0.6, 0.6, 0.58]);
    expect(differenceTexts(tiny, result)).toEqual([
      "token is 4.00 ± 6.00 points ahead of gap, which is within the noise",
    ]);
  });
});

it.each(experiments)(
  "$name changes one thing at a time, and can be built",
  ({ model, modelOptions, comparisons }) => {
    for (const { variants } of comparisons) {
      for (const { modelOptions: changes = {}, plan = {} } of variants) {
        expect(Object.keys({ ...changes, ...plan })).toHaveLength(1);
        expect(() =>
          buildModel(model, { image: 28, channels: 1, ...modelOptions, ...changes }),
        ).not.toThrow();
      }
    }
  },
);

it("is found by name, or the nearest is suggested", () => {
  expect(findExperiment("loss").name).toBe("loss");
  expect(() => findExperiment("pool")).toThrow("did you mean pooling?");
});
