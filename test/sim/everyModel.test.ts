/** @file Every model at its published size gets an answer on both TPUs, one device or many. */
import { describe, expect, it } from "vitest";
import { predict } from "../../sim/predict.js";
import { zoo } from "../../src/models/zoo.js";

const machines = [
  { hardware: "tpu-v3-8", globalBatch: 64 },
  { hardware: "tpu-v4x4", globalBatch: 64 },
] as const;

describe.each(machines)("$hardware", (machine) => {
  it.each(Object.keys(zoo))("%s", (model) => {
    const { memory, time, params } = predict({ ...machine, model, modelOptions: {}, plan: {} });
    // Weights and gradients at the least have to be there, and no chip is faster than its peak.
    expect(memory.peakBytes).toBeGreaterThan(4 * params);
    expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.argumentBytes);
    expect(time.modelFlopsUtilization).toBeGreaterThan(0.005);
    expect(time.modelFlopsUtilization).toBeLessThan(0.8);
    expect(time.parts.every(({ seconds }) => Number.isFinite(seconds) && seconds >= 0)).toBe(true);
  });
});
