/** @file Studies of batch sizes: the fewest chips, and the ladder of plans. */
import { describe, expect, it } from "vitest";
import { batchStudy, studiedBatches } from "../../sim/batches.js";
import { fewestChips } from "../../sim/chips.js";
import { predict } from "../../sim/predict.js";
import type { Query } from "../../sim/query.js";

const query: Query = {
  model: "vit-s16",
  modelOptions: { depth: 1 },
  hardware: "tpu-v3-8",
  plan: {},
  globalBatch: 128 * 1024,
};

describe("the fewest chips", () => {
  it("are those of the first doubling that fits", () => {
    const fits = (devices: number) =>
      predict({ ...query, plan: { devices } }).memory.verdict !== "does-not-fit";
    const found = fewestChips(query)!;
    // Two cores a chip.
    expect(found.devices).toBe(2 * found.chips);
    expect(found.devices).toBeGreaterThan(2);
    expect([fits(found.devices), fits(found.devices / 2)]).toEqual([true, false]);
    for (const from of [4, found.devices]) expect(fewestChips(query, { from })).toEqual(found);
    expect(fewestChips(query, { below: found.devices })).toBeUndefined();
  });

  it("are one where that is enough, and none where the batch cannot be spread far enough", () => {
    expect(fewestChips({ ...query, globalBatch: 64 })).toEqual({ devices: 2, chips: 1 });
    const large = { ...query, modelOptions: { depth: 1, image: 16 * 1024 }, globalBatch: 2 };
    expect(fewestChips(large)).toBeUndefined();
  });
});

describe("a study", () => {
  it("has powers of two, and what the paper has besides", () => {
    expect(studiedBatches("vit-s16", 512, 4096)).toEqual([512, 1024, 2048, 4096]);
    expect(studiedBatches("siglip-b16", 65_536, 400_000)).toEqual([
      65_536, 98_304, 131_072, 262_144, 307_200,
    ]);
  });

  it("takes the first plan that fits, on the machine itself if it does", () => {
    const { model, modelOptions } = query;
    const batches = [1024, 32_768, 131_072];
    const rows = [
      ...batchStudy({ model, modelOptions, hardware: ["tpu-v3-8"], plan: {}, losses: ["softmax"], batches }),
    ];
    expect(rows.map(({ globalBatch, loss }) => ({ globalBatch, loss }))).toEqual(
      batches.map((globalBatch) => ({ globalBatch, loss: null })),
    );
    expect(rows[0]).toMatchObject({ fitsSlice: true, setup: { rung: "as asked", devices: 8, chips: 4 } });
    for (const { fitsSlice, setup } of rows) {
      expect(setup!.devices > 8).toBe(!fitsSlice);
      expect(setup!.prediction.memory.verdict).not.toBe("does-not-fit");
    }
  });
});
