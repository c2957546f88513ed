/** @file Every model against its published size. */
import { describe, expect, it } from "vitest";
import { multiplyAddCount, parameterCount } from "../../src/models/count.js";
import type { ModelOptions } from "../../src/models/options.js";
import { buildModel, zoo } from "../../src/models/zoo.js";
import { verify } from "../../src/ops/verify.js";
import { defaultPlan } from "../../src/transforms/plan.js";
import { traceForward, traceTrainingStep } from "../../src/transforms/trainingStep.js";

interface Published {
  readonly model: string;
  readonly options?: ModelOptions;
  readonly parameters: number;
  readonly gigaMultiplyAdds?: number;
}

/**
 * big_vision, torchvision and the papers. big_vision adds positions before the class token, so its class-token
 * ViT-B has one position (768 parameters) fewer than the 86,567,656 of timm and torchvision.
 */
const published: readonly Published[] = [
  { model: "vit-s16", parameters: 22_122_472, gigaMultiplyAdds: 4.574 },
  { model: "vit-s16", options: { head: "linear" }, parameters: 21_974_632 },
  {
    model: "vit-b16",
    options: { head: "linear", pool: "token", posemb: "learned" },
    parameters: 86_567_656 - 768,
    gigaMultiplyAdds: 17.564,
  },
  { model: "vit-b16", options: { head: "linear" }, parameters: 86_415_592 },
  { model: "resnet50", parameters: 25_557_032, gigaMultiplyAdds: 4.089 },
  { model: "siglip-b16", parameters: 203_119_106, gigaMultiplyAdds: 17.708 + 1.364 },
];

describe("published sizes", () => {
  it.each(published)("$model $options", ({ model, options, parameters, gigaMultiplyAdds }) => {
    const program = traceForward(buildModel(model, options), 1, "bf16");
    expect(parameterCount(program)).toBe(parameters);
    if (gigaMultiplyAdds !== undefined) {
      expect(Math.abs(multiplyAddCount(program) / 1e9 / gigaMultiplyAdds - 1)).toBeLessThan(0.005);
    }
  });
});

describe("training programs", () => {
  it.each(Object.keys(zoo))(
    "%s is well formed on one and on eight devices, with and without remat",
    (name) => {
      for (const devices of [1, 8]) {
        for (const remat of ["none", "block"] as const) {
          const model = buildModel(name);
          const { optimizer } = model;
          verify(traceTrainingStep(model, { ...defaultPlan, optimizer, globalBatch: 16, devices, remat }));
        }
      }
    },
  );

  it("says what is wrong with an unknown model or an impossible option", () => {
    expect(() => buildModel("siglip-b61")).toThrow("did you mean siglip-b16?");
    expect(() => buildModel("vit-s16", { image: 225 })).toThrow(
      "--image 225 is not a multiple of --patch 16; 224 or 240",
    );
    expect(() => buildModel("resnet50", { heads: 3 })).toThrow("resnet50 has no option --heads");
    expect(() => buildModel("vit-s16", { depth: 0 })).toThrow("--depth 0");
  });
});
