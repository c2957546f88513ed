/** @file The simulator against the TPU compiler's own figures for whole training steps. */
import { describe, expect, it } from "vitest";
import { comparedFamily } from "../../sim/confidence.js";
import { loadHardware } from "../../sim/hardware.js";
import { predict } from "../../sim/predict.js";
import type { Prediction } from "../../sim/prediction.js";
import { type CompiledStep, exportedSteps, jaxSteps } from "../../sim/validation/rows.js";
import { buildModel } from "../../src/models/zoo.js";

/** The compiler refuses this where our model of what it recomputes comes to fit: a test that begins to pass fails. */
const knownToBeWrong = ["efficientnet-b7 --optimizer rmsprop --remat none tpu-v3-8 512"];
/** No step that fits is further off than this; EfficientNet-B0 at 2,048 on v3 is nearly (docs/validation-memory.md says why). */
const WORST_MEMORY_PERCENT = 30;

const name = ({ query, options }: CompiledStep) =>
  `${query.model} ${options} ${query.hardware} ${query.globalBatch}`;
const relativeError = (ours: number, theirs: number) => Math.abs(ours / theirs - 1);

interface Errors {
  readonly confidence: Prediction["confidence"];
  readonly memoryPercent: number;
  readonly timePercent: number;
}
const errorsByFamily = new Map<string, Errors[]>();

function bookErrors(
  { query, peakBytes, cycles }: CompiledStep,
  { memory, time, confidence }: Prediction,
): void {
  const chip = loadHardware(query.hardware);
  if (chip.kind !== "tpu" || cycles === null) throw new Error("an accepted step of a TPU has cycles");
  const collectives = time.parts.find((part) => part.name === "collectives")?.seconds ?? 0;
  const family = comparedFamily(buildModel(query.model, query.modelOptions)) ?? "none";
  const errors = errorsByFamily.get(family) ?? [];
  errorsByFamily.set(family, errors);
  errors.push({
    confidence,
    memoryPercent: 100 * relativeError(memory.peakBytes, peakBytes),
    timePercent: 100 * relativeError(time.stepSeconds - collectives, cycles / chip.clockHertz.value),
  });
}

describe.each([
  ["JAX's programs", jaxSteps(), 45],
  ["willfit's programs", exportedSteps(), 67],
] as const)("against the TPU compiler: %s", (_, steps, count) => {
  it("has steps to compare with", () => expect(steps.length).toBe(count));

  for (const step of steps) {
    const test = knownToBeWrong.includes(name(step)) ? it.fails : it;
    test(name(step), () => {
      const prediction = predict(step.query);
      expect(prediction.memory.verdict).toBe(step.verdict);
      if (step.verdict === "does-not-fit") return;
      bookErrors(step, prediction);
      const { memory, flopsPerStep, devices, model } = prediction;
      expect(100 * relativeError(memory.peakBytes, step.peakBytes)).toBeLessThan(WORST_MEMORY_PERCENT);
      // What the compiler recomputes is in its FLOPs and not in the program's. A tenth of an EfficientNet's are
      // elementwise, and in every fusion that reads them the compiler counts them again.
      const tolerance = model.startsWith("efficientnet") ? 0.15 : 0.03;
      if (step.recomputed === 0 && step.flops !== null)
        expect(relativeError(flopsPerStep / devices, step.flops)).toBeLessThan(tolerance);
    });
  }
});

it("nine in ten errors of every family are within what predictions say of themselves", () => {
  expect(errorsByFamily.size).toBe(7);
  for (const [family, errors] of errorsByFamily) {
    const { memory, time } = errors[0]!.confidence;
    const within = (isWithin: (error: Errors) => boolean) => errors.filter(isWithin).length;
    const nineInTen = Math.floor(0.9 * errors.length);
    expect(memory.basis, family).toContain(`of ${errors.length} steps`);
    const inMemory = within(({ memoryPercent }) => memoryPercent <= (memory.errorPercent ?? 0));
    expect(inMemory, family).toBeGreaterThanOrEqual(nineInTen);
    const inTime = within(({ timePercent }) => timePercent <= (time.errorPercent ?? 0));
    expect(inTime, family).toBeGreaterThanOrEqual(nineInTen);
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
