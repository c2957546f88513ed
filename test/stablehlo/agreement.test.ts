/** @file One training step of every family in XLA and in TensorFlow.js: loss, parameters and state agree. */
import { beforeAll, describe, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { executeInXla } from "../../src/stablehlo/execute.js";
import { compareOutputs, executeInTfjs, syntheticRun } from "../../train/agreement.js";
import { loadBackend } from "../../train/backend.js";
import { tinyPlan } from "../train/tiny.js";
import { expectAgreement, steps } from "./steps.js";
import { needsXla } from "./xlaHere.js";

beforeAll(async () => {
  await loadBackend();
});

describe("a training step in XLA and in TensorFlow.js", () => {
  it.for(steps)("$model $options", async ({ model, options, optimizer, batch }, { skip }) => {
    needsXla(skip);
    const plan = { ...tinyPlan, optimizer, ...(batch && { globalBatch: batch }) };
    const built = buildModel(model, options);
    await expectAgreement(async (seed) => {
      const run = syntheticRun(built, plan, seed);
      const [theirs] = await executeInXla([run]);
      return compareOutputs(run.program, run.inputs, executeInTfjs(run), theirs!);
    });
  });
});
