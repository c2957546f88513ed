/** @file Questions whose steps are simulated in a moment: some model, some plan, some machine. */
import fc from "fast-check";
import type { Query } from "../../sim/query.js";

const models = [
  { model: "vit-s16", modelOptions: { depth: 2 } },
  { model: "resnet50", modelOptions: { image: 64 } },
  { model: "siglip-b16", modelOptions: { depth: 1, textDepth: 1, vocabulary: 1024 } },
  { model: "mixer-s16", modelOptions: { depth: 1 } },
] as const;

/** Both small enough for a test and so large that, on the chips with less memory, some are recomputed and some do not fit. */
const batches = [64, 1024, 8192];

export const smallQueries: fc.Arbitrary<Query> = fc
  .record({
    of: fc.constantFrom(...models),
    hardware: fc.constantFrom("tpu-v3-8", "tpu-v4x4", "nvidia-h100"),
    globalBatch: fc.constantFrom(...batches),
    remat: fc.constantFrom("none", "block"),
    microbatches: fc.constantFrom(1, 2),
    shard: fc.constantFrom("none" as const, "fsdp" as const),
    devices: fc.constantFrom(1, 8),
  })
  .map(({ of, hardware, globalBatch, ...plan }) => ({ ...of, hardware, globalBatch, plan }));
