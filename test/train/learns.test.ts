/** @file Tiny versions of all three models learn: twenty steps on one batch lower the loss. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, expect, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { contrastiveLosses, type Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { execute, prepare } from "../../train/executor.js";
import { type TinyModel, tinyInputs, tinyModels, tinyPlan } from "./tiny.js";

const STEPS = 20;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** The loss of each of the first steps, always on the same batch. */
function losses({ model, options, optimizer }: TinyModel, plan: Partial<Plan>): readonly number[] {
  const program = traceTrainingStep(buildModel(model, options), { ...tinyPlan, optimizer, ...plan });
  const executable = prepare(program);
  let inputs = tinyInputs(program);
  const found: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const fresh = tinyInputs(program);
    const [outputs] = execute(executable, [inputs]);
    inputs = fresh.map((tensor, i) => {
      const replacement = program.outputs.findIndex(({ replaces }) => replaces === i);
      return replacement < 0 ? tensor : outputs![replacement]!;
    });
    const loss = program.outputs.findIndex(({ name }) => name === "loss");
    found.push(outputs![loss]!.dataSync()[0]!);
  }
  return found;
}

const cases = tinyModels.flatMap((tiny): readonly { tiny: TinyModel; plan: Partial<Plan> }[] =>
  tiny.model === "siglip-b16"
    ? contrastiveLosses.map((loss) => ({ tiny, plan: { loss } }))
    : [{ tiny, plan: {} }],
);

it.each(cases)("$tiny.model $plan", ({ tiny, plan }) => {
  const found = losses(tiny, plan);
  expect(found.every(Number.isFinite)).toBe(true);
  expect(found.at(-1)).toBeLessThan(0.8 * found[0]!);
});

it("a step with rematerialisation is the same step", () => {
  for (const tiny of tinyModels) {
    const plain = losses(tiny, {});
    losses(tiny, { remat: "block" }).forEach((loss, step) => {
      expect(Math.abs(loss - plain[step]!)).toBeLessThan(1e-4 * Math.abs(plain[step]!));
    });
  }
});
