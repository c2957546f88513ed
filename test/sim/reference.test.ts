/** @file The simulator against the TPU compiler's own figures for whole training steps. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadHardware } from "../../sim/hardware.js";
import { predict, type Query } from "../../sim/predict.js";
import type { Plan } from "../../src/transforms/plan.js";

interface Row {
  readonly query: Query;
  readonly fits: boolean;
  readonly recomputed: number;
  readonly peakBytes: number;
  readonly flops: number;
  readonly cycles: number;
}

const covered = ["vit-s16", "vit-b16", "resnet50", "siglip-b16"];

/** Rows of test/reference/xla-steps.csv (jax 0.10.2, libtpu 0.0.42.1) for the models that exist so far. */
function referenceRows(): readonly Row[] {
  const file = new URL("../reference/xla-steps.csv", import.meta.url);
  const [, ...lines] = readFileSync(file, "utf8").trim().split("\n");
  return lines
    .map((line) => line.split(","))
    .filter(([model]) => covered.includes(model!))
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
  it("has rows to compare with", () => expect(rows.length).toBeGreaterThan(15));

  it.each(rows.map((row) => [name(row), row] as const))("%s", (_, row) => {
    const { memory, time, flopsPerStep, devices } = predict(row.query);
    expect(memory.verdict !== "does-not-fit").toBe(row.fits);
    if (!row.fits) return;
    expect(relativeError(memory.peakBytes, row.peakBytes)).toBeLessThan(0.2);
    const chip = loadHardware(row.query.hardware);
    if (chip.kind !== "tpu") throw new Error("the reference rows are of TPUs");
    expect(relativeError(time.stepSeconds, row.cycles / chip.clockHertz.value)).toBeLessThan(0.3);
    // What the compiler recomputes is in its FLOPs and not in the program's.
    if (row.recomputed === 0) expect(relativeError(flopsPerStep / devices, row.flops)).toBeLessThan(0.03);
  });
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
