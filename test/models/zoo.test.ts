/** @file Every model against its published size. */
import { describe, expect, it } from "vitest";
import { multiplyAddCount, parameterCount } from "../../src/models/count.js";
import { buildModel, zoo } from "../../src/models/zoo.js";
import { verify } from "../../src/ops/verify.js";
import type { Program } from "../../src/program/types.js";
import { defaultPlan } from "../../src/transforms/plan.js";
import { traceForward, traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { publishedSizes } from "../reference/sizes.js";

describe("published sizes", () => {
  it.each(publishedSizes)(
    "$model $options $part",
    ({ model, options, part, parameters, gigaMultiplyAdds }) => {
      const program = onlyPart(traceForward(buildModel(model, options), 1, "bf16"), part);
      const count = parameterCount(program);
      if (typeof parameters === "number") expect(count).toBe(parameters);
      else expect(Math.abs(count / 1e6 / parameters.millions - 1)).toBeLessThan(0.005);
      if (gigaMultiplyAdds !== undefined) {
        expect(Math.abs(multiplyAddCount(program) / 1e9 / gigaMultiplyAdds - 1)).toBeLessThan(0.01);
      }
    },
  );
});

/** The inputs and operations under one scope. */
function onlyPart(program: Program, part: string | undefined): Program {
  if (part === undefined) return program;
  return {
    ...program,
    inputs: program.inputs.filter(({ name }) => name.startsWith(`${part}/`)),
    operations: program.operations.filter(({ scope }) => scope.startsWith(part)),
  };
}

describe("training programs", () => {
  it.each(Object.keys(zoo))("%s is well formed alone and on eight devices with remat", (name) => {
    for (const [devices, remat] of [
      [1, "none"],
      [8, "block"],
    ] as const) {
      const model = buildModel(name);
      const { optimizer } = model;
      verify(traceTrainingStep(model, { ...defaultPlan, optimizer, globalBatch: 16, devices, remat }));
    }
  });

  it("says what is wrong with an unknown model or an impossible option", () => {
    expect(() => buildModel("siglip-b61")).toThrow("did you mean siglip-b16?");
    expect(() => buildModel("vit-s16", { image: 225 })).toThrow(
      "--image 225 is not a multiple of --patch 16; 224 or 240",
    );
    expect(() => buildModel("resnet50", { heads: 3 })).toThrow("resnet50 has no option --heads");
    expect(() => buildModel("vit-s16", { depth: 0 })).toThrow("--depth 0");
    expect(() => buildModel("resnet50", { depth: 34 })).toThrow("--depth 34: the depth is one of 50, 59");
    expect(() => buildModel("botnet50", { heads: 5 })).toThrow("--width 512 is not a multiple of --heads 5");
    expect(() => buildModel("mask-rcnn-r50", { image: 1000 })).toThrow(
      "--image 1000 is not a multiple of 64",
    );
    expect(() => buildModel("siglip-b16", { textHeads: 7 })).toThrow("--text-width 768 is not a multiple");
  });
});

describe("a locked image tower", () => {
  const trace = (imageTower: string) => {
    const model = buildModel("lit-b8", { imageTower });
    return traceTrainingStep(model, { ...defaultPlan, optimizer: "adamw", globalBatch: 8, devices: 2 });
  };

  it("only runs forward: nothing of it is updated, kept for the backward pass, or moved by an optimizer", () => {
    const { inputs, outputs, operations } = trace("frozen");
    const ofImages = inputs.filter(({ name }) => name.startsWith("image/"));
    expect(ofImages.length).toBeGreaterThan(100);
    expect(new Set(ofImages.map(({ role }) => role))).toEqual(new Set(["frozen"]));
    expect(outputs.some(({ name }) => name.includes("image/"))).toBe(false);
    expect(operations.some(({ scope, phase }) => scope.startsWith("image") && phase !== "forward")).toBe(
      false,
    );
  });

  it("is not there at all when its embeddings come with the batch", () => {
    const { inputs } = trace("precomputed");
    expect(inputs.some(({ name }) => name.startsWith("image"))).toBe(false);
    expect(inputs.filter(({ role }) => role === "batch").map(({ name }) => name)).toEqual([
      "embeddings",
      "tokens",
    ]);
  });

  it("is trained like the other when it is asked to be", () => {
    const { inputs } = trace("trained");
    expect(inputs.some(({ role }) => role === "frozen")).toBe(false);
  });
});

it("stochastic depth draws one number an example and block, and only in training", () => {
  const model = buildModel("efficientnet-b0");
  const plan = { ...defaultPlan, optimizer: "sgd", globalBatch: 4, devices: 1 } as const;
  const noise = traceTrainingStep(model, plan).inputs.filter(({ role }) => role === "noise");
  expect(noise).toHaveLength(9); // the residual blocks of 16
  expect(traceForward(model, 4, "bf16").inputs.some(({ role }) => role === "noise")).toBe(false);
});
