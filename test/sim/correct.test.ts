/** @file A profile is corrected by measured steps: what they tell comes out, what they do not tell stays. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calibrateFrom, type MeasuredStep } from "../../sim/calibrateFrom.js";
import { correct, fitFactors, type TimedStep, works } from "../../sim/correct.js";
import { type AcceleratorProfile, loadHardware } from "../../sim/hardware.js";
import { asMeasured, constantOf } from "../../sim/measured.js";
import { predictOn } from "../../sim/predict.js";
import { trainingStepOf } from "../../sim/query.js";
import { simulate } from "../../sim/simulate.js";
import { stepSecondsOf } from "../../sim/time.js";
import { ranSteps } from "../../sim/validation/rows.js";

function accelerator(name: string): AcceleratorProfile {
  const chip = loadHardware(name);
  if (chip.kind === "host") throw new Error(`${name} is the host`);
  return chip;
}

// As a data sheet and assumptions have it.
const gpu: AcceleratorProfile = { ...accelerator("nvidia-h100"), measured: [] };
const v4 = accelerator("tpu-v4x4");

const queryOf = (model: string, globalBatch: number, depth?: number) => ({
  model,
  globalBatch,
  modelOptions: depth === undefined ? {} : { depth },
  plan: { devices: 1 },
});

const queries = [queryOf("vit-s16", 128, 2), queryOf("mixer-s16", 128, 2), queryOf("resnet50", 64)];

function secondsOf(query: (typeof queries)[number]): TimedStep["secondsOn"] {
  return stepSecondsOf(simulate(trainingStepOf(query, 1).program, gpu).program);
}

const secondsOn = queries.map(secondsOf);

/** The machine whose works take so many times as long. */
const slower = (matrix: number, memory: number): AcceleratorProfile => ({
  ...gpu,
  efficiency: {
    matrix: { value: gpu.efficiency.matrix.value / matrix, source: "test" },
    memory: { value: gpu.efficiency.memory.value / memory, source: "test" },
  },
});

const timedOn = (chip: AcceleratorProfile, of = secondsOn): readonly TimedStep[] =>
  of.map((seconds, i) => ({ name: queries[i]!.model, seconds: seconds(chip), secondsOn: seconds }));

describe("seconds for other constants of time", () => {
  it.each(queries)("are the prediction's: %s", (query) => {
    const chip = slower(1.5, 1.2);
    expect(secondsOf(query)(chip)).toBeCloseTo(predictOn(chip, query).time.stepSeconds, 9);
  });
});

describe("a fit", () => {
  it("predicts steps made with other constants, those it has not seen, too", () => {
    const factor = fc.double({ min: 1, max: 2, noNaN: true });
    const other = secondsOf(queryOf("vit-b16", 64, 2));
    fc.assert(
      fc.property(factor, factor, (matrix, memory) => {
        const chip = slower(matrix, memory);
        const { profile, steps } = correct(gpu, timedOn(chip), "test");
        for (const { measured, after } of steps) expect(after / measured).toBeCloseTo(1, 1);
        expect(other(asMeasured(profile)) / other(chip)).toBeCloseTo(1, 1);
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it("moves nothing where the predictions are right", () => {
    const { profile, moved } = correct(gpu, timedOn(gpu), "test");
    expect(moved).toEqual([]);
    expect(profile).toEqual(gpu);
  });

  it("leaves what no step tells: depthwise taps of a ViT, collectives of one device", () => {
    const chip = slower(1.6, 1);
    const factors = fitFactors(timedOn(chip).slice(0, 1), gpu);
    const { untold, moved } = correct(gpu, timedOn(chip).slice(0, 1), "test");
    expect(untold).toContain("depthwise convolutions");
    expect(untold).toContain("collectives");
    works.forEach(({ name, costs, rates }, i) => {
      if (!untold.includes(name)) return;
      expect(factors[i]).toBe(1);
      for (const constant of [...costs, ...rates])
        expect(moved.map((it) => it.constant)).not.toContain(constant);
    });
  });

  it("holds a TPU's constants more firmly than a GPU's, and efficiencies at 1", () => {
    const seconds = stepSecondsOf(simulate(trainingStepOf(queries[0]!, 1).program, asMeasured(v4)).program);
    const step = { name: "fast", seconds: seconds(v4) / 4, secondsOn: seconds };
    const chip = asMeasured(correct(v4, [step], "test").profile);
    expect(chip.efficiency.matrix.value).toBeLessThanOrEqual(1);
    expect(chip.efficiency.memory.value).toBeLessThanOrEqual(1);
    expect(seconds(chip)).toBeGreaterThan(2 * step.seconds);
  });

  it("says where a constant comes from and what it was", () => {
    const { profile } = correct(gpu, timedOn(slower(2, 1)), "steps.csv");
    const found = profile.measured.find(({ constant }) => constant === "efficiency.matrix");
    expect(found).toMatchObject({ rows: ["vit-s16", "mixer-s16", "resnet50"] });
    expect(found?.source).toBe(
      `fitted to 3 measured steps of steps.csv; was 0.75: ${gpu.efficiency.matrix.source}`,
    );
    expect(constantOf(profile, "efficiency.matrix")).toEqual(gpu.efficiency.matrix);
  });
});

describe("a corrected profile", () => {
  const chip = slower(1.5, 1.5);
  const measured: readonly MeasuredStep[] = timedOn(chip).map(({ name, seconds }, i) => ({
    query: queries[i]!,
    name,
    stepSeconds: seconds,
    peakBytes: undefined,
  }));
  const { profile } = calibrateFrom(gpu, measured, { name: "ours", from: "steps.csv" });

  it("is as sure as its steps are of one another, and of memory as its base is", () => {
    const { time, memory } = predictOn(profile, queryOf("vit-s16", 128)).confidence;
    expect(time.basis).toContain("steps.csv, left out of the fit");
    expect(memory.basis).toContain("on nvidia-h100");
  });

  it("sets published runs of its base's machine beside it", () => {
    const { published } = calibrateFrom(v4, measured.slice(0, 1), { name: "ours", from: "steps.csv" });
    expect(published.map(({ recipe }) => recipe)).toContain("siglip-b16-16chips");
  });
});

describe("GPU profiles", () => {
  it("say which steps they were fitted to, as the reference does", () => {
    for (const step of ranSteps().flatMap(({ steps }) => steps)) {
      const rows = accelerator(step.hardware).measured.flatMap((correction) => correction.rows);
      expect(rows.includes(`${step.model}, ${step.globalBatch}`)).toBe(step.role === "fitted");
    }
  });
});
