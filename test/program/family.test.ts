/**
 * @file A member of a family that was told by two others is the program that would have been traced, and is simulated to the same
 * figures.
 */
import { describe, expect, it } from "vitest";
import { type AcceleratorProfile, loadHardware } from "../../sim/hardware.js";
import { planFor } from "../../sim/query.js";
import { simulate } from "../../sim/simulate.js";
import { buildModel } from "../../src/models/zoo.js";
import { programFamily } from "../../src/program/family.js";
import { Trace } from "../../src/program/trace.js";
import type { Program } from "../../src/program/types.js";
import type { Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { type TinyModel, tinyFamilies, tinyModels } from "../train/tiny.js";

const v3 = loadHardware("tpu-v3-8") as AcceleratorProfile;
const DEVICES = 2;

const plans: readonly Partial<Plan>[] = [{}, { remat: "block" }, { microbatches: 2 }, { activations: "f32" }];
const cases: readonly (TinyModel & { readonly changes: Partial<Plan> })[] = [
  ...tinyModels.flatMap((tiny) => plans.map((changes) => ({ ...tiny, changes }))),
  ...tinyFamilies.map((tiny) => ({ ...tiny, changes: {} })),
];

function traceAt({ model: name, options, changes }: (typeof cases)[number]): (batch: number) => Program {
  const model = buildModel(name, options);
  return (globalBatch) => traceTrainingStep(model, planFor({ plan: changes, globalBatch }, model, DEVICES));
}

const figures = (program: Program) => {
  const { peak, times } = simulate(program, v3);
  return { peak, seconds: times.map(({ seconds }) => seconds) };
};

describe("a member told by two others", () => {
  // The first two batches are equal to sizes in the models: types that are then equal by chance are told apart.
  it.each(cases)("$model $changes", (of) => {
    const traced = traceAt(of);
    const member = programFamily(traced);
    const parts = DEVICES * (of.changes.microbatches ?? 1);
    for (const batch of [1, 16, 64]) member(batch * parts);
    for (const batch of [1, 32, 64, 1000]) {
      const expected = traced(batch * parts);
      const program = member(batch * parts);
      expect(program.types).toEqual(expected.types);
      expect(figures(program)).toEqual(figures(expected));
    }
  });
});

it("programs that are not the same operations are each traced", () => {
  const traced: number[] = [];
  const member = programFamily((batch) => {
    traced.push(batch);
    const trace = new Trace();
    for (let i = 0; i < batch; i++) trace.input("batch", `x${i}`, "f32", [batch]);
    return trace.finish("as many inputs as examples");
  });
  for (const batch of [1, 2, 3, 1]) expect(member(batch).inputs.length).toBe(batch);
  expect(traced).toEqual([1, 2, 3]);
});
