/** @file "Will it fit?", the largest batch that does, and what to do about one that does not. */
import { beforeAll, describe, expect, it } from "vitest";
import { fit as willFit } from "../../sim/fit.js";
import { largestBatches } from "../../sim/limits.js";
import { predict } from "../../sim/predict.js";
import type { FitAnswer } from "../../sim/prediction.js";
import type { Query } from "../../sim/query.js";

const siglip = { model: "siglip-b16", modelOptions: {}, hardware: "tpu-v4x4", plan: {} };
const vit = { model: "vit-s16", modelOptions: {}, hardware: "tpu-v3-8", plan: {} };

const verdictOf = (query: Query) => predict(query).memory.verdict;

describe("SigLIP B/16 on four v4 chips", () => {
  let answer: FitAnswer;
  beforeAll(() => {
    answer = willFit({ ...siglip, globalBatch: 32_768 });
  });

  it("does not fit with 32k", () => {
    expect(answer.fits).toBe(false);
    expect(answer.memory.peakBytes).toBeGreaterThan(answer.memory.capacityBytes);
    // The compiler takes 2048, by recomputing, and refuses 4096; 1024 it takes as they are.
    expect(answer.largestBatch).toBeGreaterThanOrEqual(2048);
    expect(answer.largestBatch).toBeLessThan(4096);
    expect(answer.largestBatch % 4).toBe(0);
    expect(answer.largestBatchWithoutRecompute).toBeGreaterThanOrEqual(1024);
    expect(answer.largestBatchWithoutRecompute).toBeLessThan(2048);
  });

  it("fits with 32k in microbatches of rematerialised blocks, as the compiler says, too", () => {
    // Compiled: in 8 parts with a first moment in bf16 it takes 18.46 GB; `willfit verify` of that plan.
    expect(answer.suggestions.map(({ flags }) => flags)).toContain("--remat block --microbatches 4");
    const { memory } = predict({
      ...siglip,
      globalBatch: 32_768,
      plan: { remat: "block", microbatches: 8, momentumDtype: "bf16" },
    });
    expect(memory.verdict).toBe("fits");
    expect(Math.abs(memory.peakBytes / 18_461_189_120 - 1)).toBeLessThan(0.05);
  });

  it("fits with 256", () => {
    const small = willFit({ ...siglip, globalBatch: 256 });
    expect(small.fits).toBe(true);
    expect(small.suggestions).toEqual([]);
    expect(small.chips).toEqual([]);
  });
});

describe("what to do about a batch that does not fit", () => {
  const query: Query = { ...vit, globalBatch: 32_768 };
  let answer: FitAnswer;
  beforeAll(() => {
    answer = willFit(query);
  });

  it("is said of plans that fit, cheapest in time first, none of them slower and larger than another", () => {
    const { suggestions } = answer;
    expect(suggestions.length).toBeGreaterThan(1);
    suggestions.forEach((suggestion, i) => {
      expect(suggestion.fits).toBe(true);
      const next = suggestions[i + 1];
      if (!next) return;
      expect(next.stepSeconds).toBeGreaterThanOrEqual(suggestion.stepSeconds);
      expect(next.peakBytes).toBeLessThan(suggestion.peakBytes);
    });
  });

  it("is what the plan with these options comes to", () => {
    const plans: Readonly<Record<string, Query["plan"]>> = {
      "--microbatches 4": { microbatches: 4 },
      "--microbatches 8": { microbatches: 8 },
      "--remat block": { remat: "block" },
      "--remat block --microbatches 2": { remat: "block", microbatches: 2 },
    };
    for (const { flags, peakBytes, stepSeconds } of answer.suggestions) {
      const { memory, time } = predict({ ...query, plan: plans[flags]! });
      expect([memory.peakBytes, time.stepSeconds]).toEqual([peakBytes, stepSeconds]);
    }
  });

  it("or more chips: so many fit, and half of them do not", () => {
    expect(answer.chips.length).toBeGreaterThan(4);
    for (const { hardware, devices } of answer.chips) {
      const on = (count: number) => verdictOf({ ...query, hardware, plan: { devices: count } });
      expect(on(devices), hardware).not.toBe("does-not-fit");
      if (devices > 2) expect(on(devices / 2), hardware).toBe("does-not-fit");
    }
  });
});

describe("the largest batch", () => {
  const cases: readonly Omit<Query, "globalBatch">[] = [
    vit,
    { ...vit, plan: { microbatches: 4 } },
    { ...vit, plan: { remat: "block", activations: "f32" } },
    { ...vit, model: "resnet50", modelOptions: { image: 64 } },
    { ...vit, hardware: "host", modelOptions: { depth: 2 } },
  ];

  it.each(cases)("$model on $hardware $plan fits, and one a little larger does not", (query) => {
    const { largestBatch, largestBatchWithoutRecompute } = largestBatches(query);
    const parts = (query.hardware === "host" ? 1 : 8) * (query.plan.microbatches ?? 1);
    const at = (globalBatch: number) => verdictOf({ ...query, globalBatch });
    // The search leaves 1/64 of the answer open.
    const beyond = (batch: number) => Math.ceil((batch * 1.02) / parts) * parts + parts;
    expect(largestBatch % parts).toBe(0);
    expect(at(largestBatch)).not.toBe("does-not-fit");
    expect(at(beyond(largestBatch))).toBe("does-not-fit");
    expect(at(largestBatchWithoutRecompute)).toBe("fits");
    expect(at(beyond(largestBatchWithoutRecompute))).not.toBe("fits");
  });

  it("is none where a model has no room", () => {
    const { largestBatch } = largestBatches({ ...vit, model: "vit-g14", hardware: "tpu-v2-8" });
    expect(largestBatch).toBe(0);
  });
});
