/** @file Which batches a curve shows, and what it says of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchCurve, curveBatches } from "../../sim/batchCurve.js";
import { predict } from "../../sim/predict.js";
import type { Query } from "../../sim/query.js";

describe("the batches of a curve", () => {
  it("are powers of two times what divides, around the question and its limit", () => {
    expect(curveBatches({ unit: 8, globalBatch: 1024, largestBatch: 1500 })).toEqual([
      128, 256, 512, 1024, 2048, 4096,
    ]);
    expect(curveBatches({ unit: 24, globalBatch: 120, largestBatch: 0 })).toEqual([
      24, 48, 96, 120, 192, 384,
    ]);
  });

  it("are at most a dozen, all of which divide, and the question's own is one of them", () => {
    const batch = fc.integer({ min: 1, max: 1 << 20 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4096 }), batch, fc.nat({ max: 1 << 20 }), (unit, own, most) => {
        const [globalBatch, largestBatch] = [own * unit, most * unit];
        const batches = curveBatches({ unit, globalBatch, largestBatch });
        expect(batches.length).toBeLessThanOrEqual(12);
        expect(batches).toContain(globalBatch);
        expect(batches.every((it) => it % unit === 0)).toBe(true);
        expect(batches).toEqual([...new Set(batches)].sort((a, b) => a - b));
        // It goes beyond the limit, or the limit could not be seen.
        expect(batches.at(-1)).toBeGreaterThan(Math.max(globalBatch, largestBatch));
      }),
    );
  });
});

describe("a batch curve", () => {
  const query: Query = {
    model: "vit-s16",
    modelOptions: { depth: 1 },
    hardware: "tpu-v3-8",
    globalBatch: 64,
    plan: {},
  };

  it("is what predict says, without what the plan refuses", () => {
    const curve = batchCurve(query, [64, 100, 128]);
    expect(curve.map(({ globalBatch }) => globalBatch)).toEqual([64, 128]);
    const { time, memory } = predict({ ...query, globalBatch: 128 });
    expect(curve[1]).toEqual({
      globalBatch: 128,
      stepSeconds: time.stepSeconds,
      peakBytes: memory.peakBytes,
      verdict: memory.verdict,
      examplesPerSecond: time.examplesPerSecond,
    });
  });

  it("refuses a question that is wrong whatever the batch", () => {
    expect(() => batchCurve({ ...query, model: "vit-s61" }, [64])).toThrow('unknown model "vit-s61"');
  });
});
