/** @file The parts of the time model, one by one; and published runs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sliceOf, sliceSides, startingCollectives } from "../../sim/collectives.js";
import { type AcceleratorProfile, loadHardware } from "../../sim/hardware.js";
import { matrixSeconds, type Product } from "../../sim/matrixUnit.js";
import { asMeasured } from "../../sim/measured.js";
import { trainingStepOf } from "../../sim/query.js";
import { simulate } from "../../sim/simulate.js";
import { compareRuns } from "../../sim/validation/compared.js";

function accelerator(name: string): AcceleratorProfile {
  const chip = loadHardware(name);
  if (chip.kind === "host") throw new Error(`${name} is the host`);
  return chip;
}

const v3 = accelerator("tpu-v3-8");
const v4 = accelerator("tpu-v4x4");

describe("the matrix unit", () => {
  const product: Product = { batch: 1, m: 4096, n: 128, k: 128 };

  it("takes whole tiles: 64 features cost what 128 do, and 129 what 256 do", () => {
    const seconds = (n: number) => matrixSeconds({ ...product, n }, v3);
    expect(seconds(64)).toBe(seconds(128));
    expect(seconds(129)).toBe(2 * seconds(128));
  });

  it("reaches its share of the peak on whole tiles", () => {
    const flops = 2 * product.m * product.n * product.k;
    const peak = 61.6e12; // TFLOP/s of a v3 core: 123 a chip (Jouppi et al. 2020)
    expect(flops / matrixSeconds(product, v3) / peak).toBeCloseTo(v3.efficiency.matrix.value, 2);
  });

  it("adds up partial sums of a long contraction, but not those of a kernel's gradient", () => {
    const square = { batch: 1, m: 4096, n: 4096, k: 768 };
    const twice = matrixSeconds({ ...square, k: 1536 }, v3) / matrixSeconds(square, v3);
    expect(twice).toBeGreaterThan(2);
    const gradient = { ...square, k: 8192 };
    expect(matrixSeconds({ ...gradient, k: 16_384 }, v3)).toBeCloseTo(2 * matrixSeconds(gradient, v3), 9);
  });
});

describe("slices", () => {
  it("are as near to a square or a cube as their number of chips allows", () => {
    expect(sliceSides(4, 2)).toEqual([2, 2]);
    expect(sliceSides(32, 2)).toEqual([4, 8]);
    expect(sliceSides(4, 3)).toEqual([1, 2, 2]);
    expect(sliceSides(16, 3)).toEqual([2, 2, 4]);
    expect(sliceSides(64, 3)).toEqual([4, 4, 4]);
  });

  it("have all their chips", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 3 }), (chips, dimensions) => {
        const sides = sliceSides(chips, dimensions);
        expect(sides).toHaveLength(dimensions);
        expect(sides.reduce((a, b) => a * b, 1)).toBe(chips);
      }),
    );
  });

  it("are meshes until they are large enough for a torus", () => {
    // v3-8 and v4×4: 2×2 chips, one link to each neighbour; 4×4×4 is the smallest torus of v4.
    expect(sliceOf(8, v3)).toEqual({ chips: 4, links: 2, hops: 2 });
    expect(sliceOf(4, v4)).toEqual({ chips: 4, links: 2, hops: 2 });
    expect(sliceOf(64, v4)).toEqual({ chips: 64, links: 6, hops: 6 });
    expect(sliceOf(2, v3)).toEqual({ chips: 1, links: 0, hops: 0 });
  });
});

describe("collectives", () => {
  const starts = (batchNorm: "per-device" | "cross-replica") => {
    const query = {
      model: "resnet50",
      modelOptions: {},
      globalBatch: 1024,
      plan: { devices: 32, batchNorm },
    } as const;
    const { program } = trainingStepOf(query, 8);
    const { program: laidOut } = simulate(program, v3);
    return startingCollectives(program, laidOut.schedule).size;
  };

  it("of the gradients are one, and each batch normalisation's two more", () => {
    expect(starts("per-device")).toBe(1);
    // 53 normalisations, forward and backward; the last of the backward pass goes with the gradients.
    expect(starts("cross-replica")).toBe(1 + 2 * 53);
  });
});

describe("what was measured", () => {
  it("replaces what it is of, and nothing else", () => {
    const measured = asMeasured(v3);
    expect(measured.tapRegisterCycles.channelsInLanes.value).toBeLessThan(
      v3.tapRegisterCycles.channelsInLanes.value,
    );
    expect(measured.efficiency).toEqual(v3.efficiency);
    expect(asMeasured(v3, () => false)).toEqual(v3);
    expect(asMeasured(v4)).toEqual(v4);
  });
});

describe("published runs", () => {
  const runs = compareRuns();
  // Bounds, and a run of which only hours are known, are no measurements of a step.
  const measured = runs.filter(
    ({ recipe }) => !recipe.time?.isUpperBound && recipe.name !== "mixer-b16-v3-128",
  );
  const mean = (errors: readonly number[]) => errors.reduce((a, b) => a + Math.abs(b), 0) / errors.length;

  it("are predicted to 8 % on average, and none worse than 20 %", () => {
    expect(measured).toHaveLength(12);
    expect(mean(measured.map(({ error }) => error))).toBeLessThan(0.08);
    for (const { recipe, error } of measured) expect(Math.abs(error), recipe.name).toBeLessThan(0.2);
  });

  it("are predicted to 15 % by what was not fitted to their own family", () => {
    const errors = measured.map(
      ({ predictedWithoutFamily, published }) => predictedWithoutFamily / published - 1,
    );
    expect(mean(errors)).toBeLessThan(0.15);
  });

  it("stay below published upper bounds", () => {
    const bounds = runs.filter(({ recipe }) => recipe.time?.isUpperBound);
    expect(bounds.length).toBeGreaterThan(1);
    for (const { recipe, error } of bounds) expect(error, recipe.name).toBeLessThanOrEqual(0);
  });
});
