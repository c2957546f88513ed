/** @file Eight devices with an eighth of the batch each compute what one device computes with all of it. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/models/model.js";
import { buildModel } from "../../src/models/zoo.js";
import { allReduce } from "../../src/ops/collective.js";
import { verify } from "../../src/ops/verify.js";
import { Trace } from "../../src/program/trace.js";
import type { Program } from "../../src/program/types.js";
import { contrastiveLosses, type Plan } from "../../src/transforms/plan.js";
import { traceGradients } from "../../src/transforms/trainingStep.js";
import { execute, prepare } from "../../train/executor.js";
import { tinyInputs, tinyModels, tinyPlan } from "./tiny.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

interface Parallel {
  readonly model: Model;
  readonly plan: Plan;
  readonly program: Program;
}

/** A program whose outputs are the loss and the gradient of every parameter, summed over the devices. */
function gradientProgram(
  name: string,
  options: (typeof tinyModels)[number]["options"],
  plan: Plan,
): Parallel {
  const trace = new Trace(plan.devices);
  const model = buildModel(name, options);
  const [loss, ...gradients] = traceGradients(trace, model, plan);
  trace.output("loss", allReduce(loss!));
  const parameters = trace.inputs.filter(({ role }) => role === "parameter");
  parameters.forEach(({ name }, i) => {
    trace.output(name, allReduce(gradients[i]!));
  });
  const program = trace.finish(name);
  verify(program);
  return { model, plan, program };
}

/** Outputs of every replica, by replica and name. */
function run({ model, plan, program }: Parallel): readonly ReadonlyMap<string, Float32Array>[] {
  const inputs = Array.from({ length: program.replicas }, (_, device) =>
    tinyInputs(model, plan, program, device),
  );
  const executable = prepare(program);
  const results = execute(executable, inputs).map(
    (outputs) =>
      new Map(program.outputs.map(({ name }, i) => [name, outputs[i]!.dataSync() as Float32Array])),
  );
  tf.disposeVariables();
  executable.dispose();
  return results;
}

/** |a − b| / |b| as vectors. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((total, value) => total + value * value, 0));
  const difference = a.map((value, i) => value - b[i]!);
  return norm(difference) / Math.max(norm(b), 1e-12);
}

const vit = tinyModels[0]!;
const siglip = tinyModels[2]!;
const resnet = tinyModels.find(({ model }) => model === "resnet50")!;
const cases = [
  // With statistics of each device's own examples, these would be other networks.
  { ...resnet, plan: { batchNorm: "cross-replica" } },
  { ...vit, plan: {} },
  { ...vit, plan: { remat: "block" } },
  { ...vit, plan: { remat: "full" } },
  { ...vit, plan: { remat: "attention,mlp" } },
  ...contrastiveLosses.map((loss) => ({ ...siglip, plan: { loss } })),
] as const;

describe("eight devices against one", () => {
  it.each(cases)("$model $plan", ({ model, options, plan }) => {
    const globalBatch = 16;
    const whole = { ...tinyPlan, ...plan, globalBatch };
    const [one] = run(gradientProgram(model, options, whole));
    const eight = run(gradientProgram(model, options, { ...whole, devices: 8 }));
    expect(eight).toHaveLength(8);
    for (const [name, expected] of one!) {
      for (const replica of eight) {
        const actual = replica.get(name)!;
        // Softmax never sees the bias, and a shift of all logits leaves keys' biases without a gradient.
        const negligible = Math.max(...expected.map(Math.abs)) < 1e-6;
        if (negligible) expect(Math.max(...actual.map(Math.abs))).toBeLessThan(1e-5);
        else expect(relativeDifference(actual, expected), name).toBeLessThan(1e-4);
      }
    }
  });

  it("no device ever holds more than [b,b] logits of the chunked sigmoid loss", () => {
    const { program } = gradientProgram("siglip-b16", siglip.options, {
      ...tinyPlan,
      globalBatch: 16,
      devices: 8,
    });
    const loss = program.operations.filter(({ scope }) => scope.startsWith("loss"));
    const largest = Math.max(
      ...loss.flatMap(({ results }) => results.map((value) => program.types[value]!.shape[1] ?? 0)),
    );
    expect(largest).toBe(16); // the embeddings' width; logits are [2,2]
    const { program: gathered } = gradientProgram("siglip-b16", siglip.options, {
      ...tinyPlan,
      globalBatch: 64,
      devices: 8,
      loss: "sigmoid-gather",
    });
    const shapes = gathered.operations.flatMap(({ results }) =>
      results.map((value) => gathered.types[value]!.shape),
    );
    expect(shapes.some(([rows, columns]) => rows === 8 && columns === 64)).toBe(true);
  });
});
