/** @file The recipes against the table of published times, which somebody else compiled. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planFor, queryOf } from "../../sim/query.js";
import { buildModel } from "../../src/models/zoo.js";
import { packagePath } from "../../src/packagePath.js";
import { findRecipe, publishedStepSeconds, recipes } from "../../src/recipes/recipes.js";
import { scaledTraining } from "../../src/recipes/training.js";
import { batchPerDevice } from "../../src/transforms/plan.js";
import { parseAugmentation } from "../../train/data/augmentation.js";

interface PublishedRow {
  readonly id: string;
  readonly devices: number;
  readonly globalBatch: number;
  readonly quantity: string;
  readonly value: number;
}

/** Rows of published.csv; of what follows the value nothing is needed here. */
const rows: readonly PublishedRow[] = readFileSync(packagePath("test/reference/published.csv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","))
  .map(([id, , , , devices, , batch, quantity, value]) => ({
    id: id!,
    devices: Number(devices),
    globalBatch: Number(batch),
    quantity: quantity!,
    value: Number(value),
  }));

const timed = rows.filter(
  ({ id, quantity }) => (quantity === "step" || quantity === "run") && !id.endsWith("-hours"),
);

describe("published times", () => {
  it.each(timed)("$id", ({ id, devices, globalBatch, quantity, value }) => {
    const recipe = findRecipe(id);
    const plan = planFor(queryOf(recipe), buildModel(recipe.model, recipe.modelOptions), 0);
    // What stands in the table for the machine's own number is left to the machine.
    if (plan.devices !== 0) expect(plan.devices).toBe(devices);
    expect(recipe.globalBatch).toBe(globalBatch);
    const published = quantity === "step" ? publishedStepSeconds(recipe)! : recipe.time!.seconds / 3600;
    // Days and hours are rounded in the table.
    expect(published / value).toBeCloseTo(1, 2);
  });
});

it("have names of their own, and batches that divide among their devices", () => {
  expect(new Set(recipes.map(({ name }) => name)).size).toBe(recipes.length);
  for (const recipe of recipes) {
    const plan = planFor(queryOf(recipe), buildModel(recipe.model, recipe.modelOptions), 4);
    expect(batchPerDevice(plan), recipe.name).toBeGreaterThan(0);
  }
});

it("that train say how in words that the trainer reads, at any size", () => {
  const trained = recipes.filter(({ training }) => training);
  expect(trained.length).toBeGreaterThan(5);
  for (const { training, globalBatch, steps } of trained) {
    const { augment, learningRate, warmupSteps, scalesWithBatch } = training!;
    expect(() => parseAugmentation(augment)).not.toThrow();
    const same = scaledTraining(training!, { globalBatch, steps }, { batch: globalBatch, steps });
    expect(same).toEqual({ learningRate, warmupSteps });
    const tenth = scaledTraining(
      training!,
      { globalBatch, steps },
      { batch: globalBatch / 2, steps: steps / 10 },
    );
    expect(tenth.warmupSteps).toBe(Math.round(warmupSteps / 10));
    expect(tenth.learningRate).toBe(scalesWithBatch ? learningRate / 2 : learningRate);
  }
});

it("are found by name, or the nearest is suggested", () => {
  expect(() => findRecipe("vit-s16-90e")).toThrow("did you mean vit-s16-90ep?");
});
