/** @file What sharded parameters cost, as libtpu was seen to compile them. */
import { describe, expect, it } from "vitest";
import { type AcceleratorProfile, loadHardware } from "../../sim/hardware.js";
import { predict } from "../../sim/predict.js";
import { trainingStepOf } from "../../sim/query.js";
import { simulate } from "../../sim/simulate.js";

/** Peak of libtpu 0.0.42.1 (`willfit verify`), GiB a device. */
const compiled = [
  // Where the worst moment is the end of the backward pass, with all gradients whole.
  { model: "vit-b16", hardware: "tpu-v3-8", globalBatch: 64, plan: {}, gib: 589 / 1024 },
  { model: "vit-s16", hardware: "tpu-v3-8", globalBatch: 1024, plan: {}, gib: 3.506 },
  { model: "vit-l16", hardware: "tpu-v4x4", globalBatch: 256, plan: {}, gib: 12.14 },
  { model: "vit-l16", hardware: "tpu-v4x4", globalBatch: 256, plan: { remat: "block" }, gib: 1.995 },
] as const;

describe("memory", () => {
  it.each(compiled)("$model at $globalBatch on $hardware, $plan", ({ gib, plan, ...query }) => {
    const { memory } = predict({ ...query, modelOptions: {}, plan: { ...plan, shard: "fsdp" } });
    expect(Math.abs(memory.peakBytes / 2 ** 30 / gib - 1)).toBeLessThan(0.02);
  });
});

describe("sums of gradients", () => {
  const steps = (hardware: string) => {
    const chip = loadHardware(hardware) as AcceleratorProfile;
    const query = {
      model: "vit-s16",
      hardware,
      globalBatch: 64,
      modelOptions: { depth: 2 },
      plan: { shard: "fsdp" },
    } as const;
    const { schedule } = simulate(trainingStepOf(query, chip.devices).program, chip).program;
    const names = schedule.map(({ fusion }) => fusion.root.name);
    const last = schedule.findLastIndex(
      ({ fusion }) => fusion.phase === "backward" && fusion.kind !== "collective",
    );
    return { first: names.indexOf("reduceScatter"), last };
  };

  it("wait for the end of the backward pass where they are all-reduces", () => {
    const { first, last } = steps("tpu-v3-8");
    expect(first).toBeGreaterThan(last);
  });

  it("are scattered where they are made on other chips", () => {
    const { first, last } = steps("tpu-v4x4");
    expect(first).toBeLessThan(last);
  });
});
