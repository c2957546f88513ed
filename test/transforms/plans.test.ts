/**
 * @file What a plan changes is how a step is computed, not what: after three steps the losses and parameters are those of the
 * plan that changes nothing, and the peak of live bytes is the predicted one.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { verify } from "../../src/ops/verify.js";
import { hostMemory, hostProgram } from "../../src/program/hostMemory.js";
import type { Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { isTensorFlow } from "../../train/kernels/tensorflow.js";
import { type TinyModel, tinyFamilies, tinyInputs, tinyModels, tinyPlan } from "../train/tiny.js";
import { relativeDifference } from "./relativeDifference.js";

const STEPS = 3;

beforeAll(async () => {
  await loadBackend();
});

interface Run {
  /** Parameters after the last step, and each step's loss. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly measuredPeak: number;
  readonly predictedPeak: number;
}

/** Three steps on one batch. */
function run({ model: name, options }: TinyModel, changes: Partial<Plan>): Run {
  // An optimizer that divides by the gradient's size would turn a difference in the last digit of a tiny one into a step.
  const plan: Plan = { ...tinyPlan, optimizer: "sgd", ...changes };
  const model = buildModel(name, options);
  const program = traceTrainingStep(model, plan);
  verify(program);
  const before = tf.memory().numBytes;
  const executable = prepare(program);
  const values = new Map<string, Float32Array>();
  let measuredPeak = 0;
  const onOperation = () => {
    measuredPeak = Math.max(measuredPeak, tf.memory().numBytes - before);
  };
  let state: readonly (tf.Tensor | undefined)[] = [];
  for (let step = 0; step < STEPS; step++) {
    const made = tinyInputs(model, plan, program);
    const inputs = made.map((tensor, i) => state[i] ?? tensor);
    tf.dispose(made.filter((_, i) => state[i]));
    const [outputs] = execute(executable, [inputs], { onOperation });
    // Frozen weights are made anew for each step.
    tf.dispose(inputs.filter((tensor) => !tensor.isDisposed));
    const next: tf.Tensor[] = [];
    program.outputs.forEach(({ name, replaces }, i) => {
      const output = outputs![i]!;
      if (replaces !== undefined) next[replaces] = output;
      const isParameter = replaces !== undefined && program.inputs[replaces]!.role === "parameter";
      if (isParameter) values.set(name, output.dataSync() as Float32Array);
      if (name === "loss") values.set(`loss ${step}`, output.dataSync() as Float32Array);
      if (replaces === undefined) output.dispose();
    });
    state = next;
  }
  tf.dispose(state.filter((tensor) => tensor !== undefined));
  executable.dispose();
  return {
    values,
    measuredPeak,
    predictedPeak: hostMemory(program, hostProgram(program, isTensorFlow())).peakBytes,
  };
}

const [vit, resnet, siglip] = tinyModels as [TinyModel, TinyModel, TinyModel];
const cases: readonly { readonly tiny: TinyModel; readonly changes: Partial<Plan> }[] = [
  ...[vit, resnet, siglip].flatMap((tiny) =>
    ["block", "full"].map((remat) => ({ tiny, changes: { remat } })),
  ),
  { tiny: vit, changes: { remat: "attention,mlp" } },
  { tiny: vit, changes: { microbatches: 2 } },
  { tiny: vit, changes: { microbatches: 4, remat: "block" } },
  ...(["sigmoid", "sigmoid-gather", "softmax"] as const).map((loss) => ({
    tiny: siglip,
    changes: { microbatches: 4, loss },
  })),
  { tiny: siglip, changes: { microbatches: 2, remat: "block" } },
  ...[vit, resnet, siglip].map((tiny) => ({ tiny, changes: { ema: 0.9 } })),
];

describe("three steps are the same steps", () => {
  it.each(cases)("$tiny.model $changes", ({ tiny, changes }) => {
    const { loss = tinyPlan.loss } = changes;
    const plain = run(tiny, { loss });
    const changed = run(tiny, changes);
    expect([...changed.values.keys()].sort()).toEqual([...plain.values.keys()].sort());
    for (const [name, expected] of plain.values) {
      expect(relativeDifference(changed.values.get(name)!, expected), name).toBeLessThan(1e-5);
    }
    expect(changed.measuredPeak).toBe(changed.predictedPeak);
  });
});

it.each(["atention", "atention,mlp", "mlp,atention"])(
  "no part of a model is called as in --remat %s",
  (remat) => {
    const model = buildModel(vit.model, vit.options);
    expect(() => traceTrainingStep(model, { ...tinyPlan, remat })).toThrow(
      "--remat atention: no part of the model; did you mean attention?",
    );
  },
);

it("a batch that does not divide into microbatches is refused with one that does", () => {
  const plan: Plan = { ...tinyPlan, globalBatch: 12, devices: 2, microbatches: 4 };
  expect(() => traceTrainingStep(buildModel(vit.model, vit.options), plan)).toThrow(
    "a batch of 12 does not divide among 2 devices with 4 microbatches each; 8 or 16 would",
  );
});

/** What the model itself carries from step to step, after one step with a learning rate of zero on each of some batches. */
function stateAfter({ model: name, options }: TinyModel, plan: Plan, batches: readonly Batch[]) {
  const model = buildModel(name, options);
  const program = traceTrainingStep(model, plan);
  const executable = prepare(program);
  let state: readonly (tf.Tensor | undefined)[] = [];
  for (const batch of batches) {
    const inputs = tinyInputs(model, plan, program).map((made, i) => {
      const { name: input, role } = program.inputs[i]!;
      return state[i] ?? (role === "schedule" ? tf.scalar(0) : (batch(input) ?? made));
    });
    const [outputs] = execute(executable, [inputs]);
    const next: tf.Tensor[] = [];
    program.outputs.forEach(({ replaces }, i) => {
      if (replaces !== undefined) next[replaces] = outputs![i]!;
    });
    state = next;
  }
  executable.dispose();
  return program.inputs.flatMap(({ name: input, role }, i) =>
    role === "model-state" ? [{ name: input, values: state[i]!.dataSync() as Float32Array }] : [],
  );
}

type Batch = (input: string) => tf.Tensor | undefined;

it("moving averages go on from one microbatch to the next", () => {
  const plan: Plan = { ...tinyPlan, optimizer: "sgd" };
  const model = buildModel(resnet.model, resnet.options);
  const whole = traceTrainingStep(model, plan);
  const made = tinyInputs(model, plan, whole);
  const size = plan.globalBatch / 2;
  const all: Batch = (input) => {
    const i = whole.inputs.findIndex(({ name, role }) => name === input && role === "batch");
    return i === -1 ? undefined : tf.clone(made[i]!);
  };
  const half = (index: number): Batch => {
    return (input) => all(input) && tf.split(all(input)!, 2)[index];
  };
  const parts = stateAfter(resnet, { ...plan, microbatches: 2 }, [all]);
  const steps = stateAfter(resnet, { ...plan, globalBatch: size }, [half(0), half(1)]);
  expect(parts.length).toBeGreaterThan(0);
  for (const [i, { name, values }] of steps.entries()) {
    expect(parts[i]!.name).toBe(name);
    expect(relativeDifference(parts[i]!.values, values), name).toBeLessThan(1e-5);
  }
});

const withNoise = tinyFamilies.filter(({ model }) => /efficientnet|mask-rcnn/.test(model));

it.each(withNoise)("$model draws other noise for each microbatch, and peaks where predicted", (tiny) => {
  const program = traceTrainingStep(buildModel(tiny.model, tiny.options), {
    ...tinyPlan,
    globalBatch: tiny.batch ?? tinyPlan.globalBatch,
    microbatches: 2,
  });
  const noise = program.inputs.filter(({ role }) => role === "noise").map(({ name }) => name);
  expect(noise.filter((name) => noise.includes(`${name}1`)).length).toBe(noise.length / 2);
  const { measuredPeak, predictedPeak, values } = run(tiny, {
    globalBatch: tiny.batch ?? tinyPlan.globalBatch,
    microbatches: 2,
  });
  expect(measuredPeak).toBe(predictedPeak);
  expect(Number.isFinite(values.get("loss 2")![0]!)).toBe(true);
});
