/** @file Predictions for the host. */
import { expect, it } from "vitest";
import { largestBatches } from "../../sim/limits.js";
import { predict } from "../../sim/predict.js";
import { trainingStepOf } from "../../sim/query.js";
import { hostMemory } from "../../src/program/hostMemory.js";

/** With batch normalisation, whose groups are known by a constant: one over the elements that it takes the mean of. */
const query = { model: "resnet50", modelOptions: { image: 32, width: 4 }, hardware: "host", plan: {} };

it("do not depend on the batches that were asked about before", () => {
  const batches = [64, 8, 24];
  const predicted = batches.map((globalBatch) => predict({ ...query, globalBatch }));
  batches.forEach((globalBatch, i) => {
    const { memory, time } = predicted[i]!;
    expect(memory.peakBytes).toBe(hostMemory(trainingStepOf({ ...query, globalBatch }, 1).program).peakBytes);
    // Operation by operation, a smaller batch than the first would take longer.
    const [first] = predicted;
    const forward = (of: typeof time) => of.parts.find(({ name }) => name === "forward")!.seconds;
    expect(forward(time)).toBeLessThanOrEqual(forward(first!.time));
  });
});

it("have a largest batch that fits, and is as good as the largest", () => {
  const { largestBatch } = largestBatches(query);
  const verdict = (globalBatch: number) => predict({ ...query, globalBatch }).memory.verdict;
  expect(verdict(largestBatch)).toBe("fits");
  expect(verdict(Math.ceil(largestBatch * 1.05))).toBe("does-not-fit");
});
