/** @file Where a run begins: what a checkpoint has to hold for it to go on from there. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { defaultPlan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { UserError } from "../../src/units/userError.js";
import { type Checkpoint, saveCheckpoint } from "../../train/checkpoint.js";
import { checkpointFiles, checkpointPath, keepCheckpoint } from "../../train/checkpoints.js";
import { initialState } from "../../train/initialize.js";
import type { TrainingOptions } from "../../train/setup.js";
import { startOf } from "../../train/start.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const model = buildModel("vit-ti16", { image: 32, width: 16, heads: 2, depth: 1, classes: 2 });
/** Some of its state is bf16 in the program, which is kept as f32. */
const program = traceTrainingStep(model, {
  ...defaultPlan,
  optimizer: "adamw",
  momentumDtype: "bf16",
  globalBatch: 2,
  devices: 1,
});
const whole: Checkpoint = { metadata: { step: "3", model: "vit-ti16" }, tensors: initialState(program, 1) };

/** Goes on from the only checkpoint there is. */
function resumed(checkpoint: Checkpoint) {
  saveCheckpoint(checkpointPath(folder, 3), checkpoint);
  const options = { out: folder, resume: true, seed: 1 } as TrainingOptions;
  return startOf(options, { model: "vit-ti16" }, program);
}

it("goes on from a checkpoint that holds all of it", () => {
  expect(resumed(whole)).toMatchObject({ step: 3, state: whole.tensors });
});

const [first, ...others] = whole.tensors;
it.each<[string, Partial<Checkpoint>, string]>([
  ["of another model", { metadata: { step: "3", model: "vit-s16" } }, "its model is vit-s16, not vit-ti16"],
  ["without a step", { metadata: { model: "vit-ti16" } }, "does not say of which step it is"],
  ["of no step", { metadata: { step: "NaN", model: "vit-ti16" } }, "does not say of which step it is"],
  ["without a tensor", { tensors: others }, `has no ${first!.name} of type`],
  [
    "with a tensor of another shape",
    { tensors: [{ ...first!, shape: [first!.values.length, 1, 1, 1, 1] }, ...others] },
    `has no ${first!.name} of type`,
  ],
  [
    "with a tensor of another element type",
    { tensors: [{ ...first!, dtype: "i32", values: Int32Array.from(first!.values) }, ...others] },
    `has no ${first!.name} of type`,
  ],
])("refuses a checkpoint %s", (_, change, message) => {
  const resume = () => resumed({ ...whole, ...change });
  expect(resume).toThrow(message);
  expect(resume).toThrow(UserError);
});

it("a folder with the name of a checkpoint is none, and is left alone", () => {
  mkdirSync(checkpointPath(folder, 9));
  keepCheckpoint(folder, 3, whole, 1);
  expect(checkpointFiles(folder).map(({ step }) => step)).toEqual([3]);
});
