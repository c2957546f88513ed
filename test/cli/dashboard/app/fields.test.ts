/** @file What of a question can be changed, over all models and machines. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hardwareNames, loadHardware } from "../../../../sim/hardware.js";
import { predict } from "../../../../sim/predict.js";
import { fieldsOf, nextBatch } from "../../../../src/cli/dashboard/app/fields.js";
import { withHardware, withModel } from "../../../../src/cli/dashboard/app/question.js";
import { zoo } from "../../../../src/models/zoo.js";
import { recipes } from "../../../../src/recipes/recipes.js";
import { fitting } from "./session.js";

const shownBy = (question: Parameters<typeof fieldsOf>[0], name: string) =>
  fieldsOf(question).find((field) => field.name === name)?.value;

describe("fields", () => {
  it.each(Object.keys(zoo))("of %s take the values that they have", (model) => {
    const question = withModel(fitting, model);
    for (const field of fieldsOf(question)) {
      const again = field.set(field.value);
      expect(shownBy(again, field.name)).toBe(field.value);
    }
  });

  it("go to a choice and back", () => {
    for (const field of fieldsOf(fitting)) {
      const next = field.step?.(1);
      if (!next) continue;
      if (field.name === "recipe" || field.name === "model") continue;
      const back = fieldsOf(next).find(({ name }) => name === field.name)!.step!(-1)!;
      expect(shownBy(back, field.name)).toBe(field.value);
    }
  });

  it("take a machine of a file, and go on to the others", () => {
    const path = "examples/own-chip.json";
    const question = withHardware(fitting, path);
    const field = fieldsOf(question).find(({ name }) => name === "hardware")!;
    expect(field.choices).toContainEqual({ value: path, detail: loadHardware(path).description });
    expect(field.set(path).hardware).toBe(path);
    expect(field.step!(1)!.hardware).toBe(hardwareNames()[0]);
    expect(predict(question).hardware).toBe(path);
  });

  it("have an end where there are no more devices", () => {
    const stepped = (devices: number, direction: -1 | 1) =>
      fieldsOf({ ...fitting, plan: { devices } }).find(({ name }) => name === "devices")!.step!(direction);
    expect(stepped(65_536, 1)).toBeUndefined();
    expect(stepped(65_536, -1)!.plan.devices).toBe(32_768);
    expect(stepped(1, -1)).toBeUndefined();
  });

  it("are those of the model", () => {
    const names = fieldsOf(withModel(fitting, "siglip-b16")).map(({ name }) => name);
    expect(names).toContain("loss");
    expect(names).toContain("textLength");
    expect(fieldsOf(fitting).map(({ name }) => name)).not.toContain("loss");
  });

  it("show what options follow others", () => {
    const wider = { ...fitting, modelOptions: { width: 384, heads: 6 } };
    expect(shownBy(wider, "mlp")).toBe("1536");
    // What cannot be built is shown as it was asked.
    expect(shownBy({ ...fitting, modelOptions: { width: 385 } }, "width")).toBe("385");
  });
});

describe("a question", () => {
  it("takes all devices of another machine", () => {
    const one = { ...fitting, plan: { devices: 1, remat: "block" } };
    expect(withHardware(one, "tpu-v4x4").plan).toEqual({ remat: "block" });
    expect(hardwareNames().map((name) => withHardware(one, name).hardware)).toEqual(hardwareNames());
  });

  it("keeps options for models of its family only", () => {
    const small = { ...fitting, modelOptions: { image: 64 } };
    expect(withModel(small, "vit-s16").modelOptions).toEqual({ image: 64 });
    expect(withModel(small, "resnet50").modelOptions).toEqual({});
  });

  it.each(recipes.slice(0, 3))("is the recipe $name's", (recipe) => {
    const set = fieldsOf(fitting).find(({ name }) => name === "recipe")!.set;
    const { recipe: name, ...query } = set(recipe.name);
    const { devices } = loadHardware(recipe.hardware);
    expect(name).toBe(recipe.name);
    expect(predict(query, { recipe }).run?.isAsPublished).toBe(true);
    expect(shownBy(query, "devices")).toBe(String(recipe.plan.devices ?? devices));
  });
});

describe("the next batch", () => {
  const batches = fc.integer({ min: 1, max: 2 ** 24 });
  const units = fc.integer({ min: 1, max: 64 });

  it("is a power of two times the unit, and the way back leads no further than where it began", () => {
    fc.assert(
      fc.property(batches, units, (batch, unit) => {
        const next = nextBatch(batch, unit, 1)!;
        expect(Math.log2(next / unit) % 1).toBe(0);
        expect(next).toBeGreaterThan(batch);
        const back = nextBatch(next, unit, -1);
        if (back !== undefined) expect(back).toBeLessThanOrEqual(Math.max(batch, unit));
      }),
    );
  });

  it("ends at one example a device and at more than anyone asks for", () => {
    expect(nextBatch(8, 8, -1)).toBeUndefined();
    expect(nextBatch(2 ** 30, 8, 1)).toBeUndefined();
  });
});
