/**
 * @file Tiny versions of every family learn: a few steps on one batch lower the loss. Classifiers see real
 * handwritten digits, two towers made-up pairs, detectors made-up scenes.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { contrastiveLosses, type Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { learningBatch, type TinyModel, tinyFamilies, tinyInputs, tinyModels, tinyPlan } from "./tiny.js";

const STEPS = 20;
/**
 * A detector's loss jumps as other regions are proposed, and BiT's, of few channels, goes up and down at first: after twenty
 * steps, it depends on the processor, and on how sums are rounded, how far they are.
 */
const LONGER_STEPS = 40;
const takesLonger = ({ model }: TinyModel) => model === "mask-rcnn-r50" || model === "bit-r50x1";

beforeAll(async () => {
  await loadBackend();
});

/** The loss of each of the first steps, always on the same batch. */
async function losses(tiny: TinyModel, plan: Partial<Plan>, toLearnFrom = true): Promise<readonly number[]> {
  const { model, options, optimizer, batch: globalBatch = tinyPlan.globalBatch } = tiny;
  const built = buildModel(model, options);
  const whole = { ...tinyPlan, globalBatch, optimizer, ...plan };
  const program = traceTrainingStep(built, whole);
  const executable = prepare(program);
  const batch = toLearnFrom ? await learningBatch(tiny, globalBatch) : new Map<string, tf.Tensor>();
  const withBatch = () =>
    tinyInputs(built, whole, program).map((tensor, i) => {
      const given = batch.get(program.inputs[i]!.name);
      return given ? tf.clone(given) : tensor;
    });
  let inputs = withBatch();
  const found: number[] = [];
  for (let step = 0; step < (takesLonger(tiny) ? LONGER_STEPS : STEPS); step++) {
    const fresh = withBatch();
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

const cases = [
  ...tinyFamilies.map((tiny) => ({ tiny, plan: {} })),
  ...contrastiveLosses.map((loss) => ({ tiny: tinyModels.at(-1)!, plan: { loss } })),
];

it.each(cases)("$tiny.model $tiny.options $plan", async ({ tiny, plan }) => {
  const found = await losses(tiny, plan);
  expect(found.every(Number.isFinite)).toBe(true);
  expect(found.at(-1)).toBeLessThan(0.8 * found[0]!);
});

it("a step with rematerialisation is the same step", async () => {
  for (const tiny of tinyModels) {
    const plain = await losses(tiny, {}, false);
    const again = await losses(tiny, { remat: "block" }, false);
    again.forEach((loss, step) => {
      expect(Math.abs(loss - plain[step]!)).toBeLessThan(1e-4 * Math.abs(plain[step]!));
    });
  }
});
