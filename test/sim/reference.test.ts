/** @file The simulator against the TPU compiler's own figures for whole training steps. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadHardware } from "../../sim/hardware.js";
import { predict } from "../../sim/predict.js";
import type { Query } from "../../sim/query.js";
import type { Plan } from "../../src/transforms/plan.js";

interface Row {
  readonly query: Query;
  readonly fits: boolean;
  readonly recomputed: number;
  readonly peakBytes: number;
  readonly flops: number;
  readonly cycles: number;
}

/**
 * Steps that the compiler fits by recomputing more than our model of it can (issue 5): a test that begins to pass
 * fails, so that this list gets shorter.
 */
const knownToBeWrong = ["botnet50 sgd none tpu-v3-8 8192", "lit-g14 adamw none bf16 sigmoid tpu-v4x4 20480"];

/** Rows of test/reference/xla-steps.csv (jax 0.10.2, libtpu 0.0.42.1). */
function referenceRows(): readonly Row[] {
  const file = new URL("../reference/xla-steps.csv", import.meta.url);
  const [, ...lines] = readFileSync(file, "utf8").trim().split("\n");
  return lines
    .map((line) => line.split(","))
    .filter(([model]) => model !== "")
    .map(([model, options, hardware, , batch, , fits, peak, , , , remat, flops, , cycles]) => {
      const given = Object.fromEntries(
        [...options!.matchAll(/--(\S+) (\S+)/g)].map(([, key, value]) => [key, value]),
      );
      const { head, pool, posemb } = given;
      const textLength = given["text-length"];
      const plan = {
        optimizer: given.optimizer,
        remat: given.remat,
        ...(given["momentum-dtype"] && { momentumDtype: given["momentum-dtype"] }),
        ...(given.loss && { loss: given.loss }),
      } as Partial<Plan>;
      const modelOptions = {
        ...(head && { head }),
        ...(pool && { pool }),
        ...(posemb && { posemb }),
        ...(textLength && { textLength: Number(textLength) }),
      };
      return {
        query: { model: model!, hardware: hardware!, globalBatch: Number(batch), modelOptions, plan },
        fits: fits === "1",
        recomputed: Number(remat || 0),
        peakBytes: Number(peak),
        flops: Number(flops),
        cycles: Number(cycles),
      };
    });
}

const name = ({ query }: Row) =>
  `${query.model} ${Object.values(query.plan).join(" ")} ${query.hardware} ${query.globalBatch}`;
const rows = referenceRows();
const relativeError = (ours: number, theirs: number) => Math.abs(ours / theirs - 1);

describe("against the TPU compiler", () => {
  it("has rows to compare with", () => expect(rows.length).toBe(45));

  for (const row of rows) {
    const test = knownToBeWrong.includes(name(row)) ? it.fails : it;
    test(name(row), () => {
      const { memory, time, confidence, flopsPerStep, devices, model } = predict(row.query);
      expect(memory.verdict !== "does-not-fit").toBe(row.fits);
      if (!row.fits) return;
      expect(100 * relativeError(memory.peakBytes, row.peakBytes)).toBeLessThan(
        confidence.memory.errorPercent ?? 0,
      );
      const chip = loadHardware(row.query.hardware);
      if (chip.kind !== "tpu") throw new Error("the reference rows are of TPUs");
      const seconds = row.cycles / chip.clockHertz.value;
      expect(100 * relativeError(time.stepSeconds, seconds)).toBeLessThan(confidence.time.errorPercent ?? 0);
      // What the compiler recomputes is in its FLOPs and not in the program's. A tenth of an EfficientNet's are
      // elementwise, and in every fusion that reads them the compiler counts them again.
      const tolerance = model.startsWith("efficientnet") ? 0.15 : 0.03;
      if (row.recomputed === 0)
        expect(relativeError(flopsPerStep / devices, row.flops)).toBeLessThan(tolerance);
    });
  }
});

describe("against published runs", () => {
  it("ResNet-50 at 1024 on v3-8: MLPerf's 137 ms within 30 %", () => {
    const query = { model: "resnet50", modelOptions: {}, hardware: "tpu-v3-8", globalBatch: 1024, plan: {} };
    expect(relativeError(predict(query).time.stepSeconds, 0.1372)).toBeLessThan(0.3);
  });

  it("ResNet-50 at 1024 on 32 v3 cores: 41.6 ms (arXiv 2102.06171) within 30 %", () => {
    const plan = { devices: 32 };
    const query = { model: "resnet50", modelOptions: {}, hardware: "tpu-v3-8", globalBatch: 1024, plan };
    expect(relativeError(predict(query).time.stepSeconds, 0.0416)).toBeLessThan(0.3);
  });

  it("ViT-S/16 at 1024 on v3-8, float32 activations: the paper's 210 ms within 30 %", () => {
    const plan = { activations: "f32", momentumDtype: "bf16" } as const;
    const query = { model: "vit-s16", modelOptions: {}, hardware: "tpu-v3-8", globalBatch: 1024, plan };
    expect(relativeError(predict(query).time.stepSeconds, 0.21)).toBeLessThan(0.3);
  });

  it("SigLIP B/16 at 16,384 on 16 chips of v4: the paper's 1.77 s within 30 %", () => {
    const plan = { devices: 16, remat: "block" } as const;
    const query = { model: "siglip-b16", modelOptions: {}, hardware: "tpu-v4x4", globalBatch: 16_384, plan };
    expect(relativeError(predict(query).time.stepSeconds, 1.77)).toBeLessThan(0.3);
  });
});
