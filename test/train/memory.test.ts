/** @file The predicted peak of live tensor bytes on the host equals what tfjs counts, to the byte. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../../src/models/zoo.js";
import { hostMemory, hostProgram } from "../../src/program/hostMemory.js";
import type { Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { isTensorFlow } from "../../train/kernels/tensorflow.js";
import { tinyFamilies, tinyInputs, tinyModels, tinyPlan } from "./tiny.js";

const variants: readonly Partial<Plan>[] = [
  {},
  { remat: "block" },
  { remat: "full" },
  { momentumDtype: "bf16", activations: "bf16" },
];

beforeAll(async () => {
  await loadBackend();
});

describe("host memory", () => {
  const cases = [
    ...tinyModels.flatMap((tiny) => variants.map((variant) => ({ ...tiny, variant }))),
    ...tinyFamilies.map((tiny) => ({
      ...tiny,
      variant: { globalBatch: tiny.batch ?? tinyPlan.globalBatch } as Partial<Plan>,
    })),
  ];
  it.each(cases)("$model $variant", ({ model, options, optimizer, variant }) => {
    const built = buildModel(model, options);
    const plan = { ...tinyPlan, optimizer, ...variant };
    const program = traceTrainingStep(built, plan);
    const predicted = hostMemory(program, hostProgram(program, isTensorFlow()));
    const before = tf.memory().numBytes;
    const executable = prepare(program);
    const inputs = tinyInputs(built, plan, program);
    expect(tf.memory().numBytes - before).toBe(predicted.argumentBytes + predicted.constantBytes);

    let measured = 0;
    const onOperation = () => {
      measured = Math.max(measured, tf.memory().numBytes - before);
    };
    const [outputs] = execute(executable, [inputs], { onOperation });
    expect(measured).toBe(predicted.peakBytes);

    tf.dispose(outputs!);
    executable.dispose();
    tf.dispose(inputs.filter((tensor) => !tensor.isDisposed));
    expect(tf.memory().numBytes).toBe(before);
  });
});
