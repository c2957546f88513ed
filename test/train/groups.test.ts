/**
 * @file Groups: that they are found in the models they were written for, and compute what their operations do, one by
 * one.
 */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { batchNorm } from "../../src/models/convolutional.js";
import { gelu, layerNorm, relu, softmax } from "../../src/models/layers.js";
import type { ModelOptions } from "../../src/models/options.js";
import { buildModel } from "../../src/models/zoo.js";
import { einsum } from "../../src/ops/dot.js";
import { add } from "../../src/ops/elementwise.js";
import { hostMemory, hostProgram } from "../../src/program/hostMemory.js";
import type { GroupName } from "../../src/program/hostPatterns/table.js";
import { type Tensor, Trace } from "../../src/program/trace.js";
import type { Program } from "../../src/program/types.js";
import { applyOptimizer, defaultHyperparameters } from "../../src/transforms/optimizer.js";
import type { Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { layerProgram } from "./layerProgram.js";
import { noise } from "./noise.js";
import { tinyInputs, tinyPlan } from "./tiny.js";

/** Of the largest element, or of one. */
const TOLERANCE = 1e-4;

const backend = await loadBackend();
const onTensorFlow = backend.name === "tensorflow";

function countsOf(program: Program): Readonly<Partial<Record<GroupName, number>>> {
  const counts: Partial<Record<GroupName, number>> = {};
  for (const { group } of hostProgram(program).steps) {
    if (group) counts[group.name] = (counts[group.name] ?? 0) + 1;
  }
  return counts;
}

function trainingStep(name: string, options: ModelOptions, plan: Partial<Plan>): Program {
  return traceTrainingStep(buildModel(name, options), { ...tinyPlan, ...plan });
}

const isNamed = (program: Program, end: string) =>
  program.inputs.filter(({ name }) => name.endsWith(end)).length;

describe("groups are found", () => {
  it.each(["none", "block"] as const)("in ResNet-50, rematerialised %s", (remat) => {
    const program = trainingStep("resnet50", { image: 64 }, { optimizer: "sgd", remat });
    const norms = isNamed(program, "norm/mean");
    expect(norms).toBe(53);
    const counts = countsOf(program);
    // Blocks that are computed again are normalised again; the stem is not in one.
    expect(counts.batchNorm).toBe(remat === "none" ? norms : 2 * norms - 1);
    expect(counts).toMatchObject({
      batchNormGradient: norms,
      // Two inside each of 16 blocks, one behind it, and the stem's.
      reluGradient: 49,
      momentumUpdate: program.inputs.filter(({ role }) => role === "parameter").length,
      transposedProduct: 1,
    });
  });

  it.each([{}, { activations: "bf16" }] as const)("in ViT with %s", (variant) => {
    const program = trainingStep("vit-ti16", { image: 32 }, { optimizer: "adamw", ...variant });
    const parameters = program.inputs.filter(({ role }) => role === "parameter").length;
    const depth = 12;
    expect(countsOf(program)).toMatchObject({
      softmax: depth,
      softmaxGradient: depth,
      gelu: depth,
      geluGradient: depth,
      layerNormGradient: isNamed(program, "norm1/scale") + isNamed(program, "norm2/scale") + 1,
      sumOfSquares: parameters,
      adamUpdate: parameters,
    });
  });

  it("in both towers of SigLIP", () => {
    const program = trainingStep("siglip-b16", { image: 32, width: 32, heads: 2 }, { optimizer: "adamw" });
    const attentions = isNamed(program, "query/kernel");
    expect(countsOf(program)).toMatchObject({
      softmax: attentions,
      softmaxGradient: attentions,
      gelu: attentions,
      geluGradient: attentions,
      layerNormGradient: program.inputs.filter(
        ({ name, role }) => role === "parameter" && /norm\d?\/scale$/.test(name),
      ).length,
    });
  });

  it("not where batch norm's statistics are those of all devices", () => {
    const program = trainingStep(
      "resnet50",
      { image: 32, width: 4 },
      { optimizer: "sgd", devices: 2, batchNorm: "cross-replica" },
    );
    expect(countsOf(program).batchNorm).toBeUndefined();
  });
});

interface Run {
  readonly outputs: readonly Float32Array[];
  readonly peakBytes: number;
}

function run(program: Program, values: readonly Float32Array[], grouped: boolean): Run {
  const before = tf.memory();
  const executable = prepare(program, { grouped });
  const tensors = program.inputs.map(({ value }, i) => {
    const { dtype, shape } = program.types[value]!;
    return tf.tensor(values[i]!, [...shape], dtype === "i32" ? "int32" : "float32");
  });
  let peakBytes = tf.memory().numBytes - before.numBytes;
  const onOperation = () => {
    peakBytes = Math.max(peakBytes, tf.memory().numBytes - before.numBytes);
  };
  const [outputs] = execute(executable, [tensors], { onOperation });
  const read = outputs!.map((output) => Float32Array.from(output.dataSync()));
  tf.dispose(outputs!);
  executable.dispose();
  tf.dispose(tensors.filter((tensor) => !tensor.isDisposed));
  expect(tf.memory().numTensors).toBe(before.numTensors);
  return { outputs: read, peakBytes };
}

/** Runs a program both ways, on the same numbers, and compares results and peaks. */
function expectSame(program: Program, names: readonly GroupName[], change = (x: number) => x): void {
  expect(Object.keys(countsOf(program)).sort()).toEqual([...names].sort());
  const values = program.inputs.map(({ name, value }, i) => {
    const count = program.types[value]!.shape.reduce((a, b) => a * b, 1);
    const numbers = noise(count, i + 1).map(change);
    // A moving variance, and Adam's mean squares.
    return name.endsWith("variance") || name.endsWith("nu") || name === "step"
      ? numbers.map(Math.abs)
      : numbers;
  });
  const [together, oneByOne] = [run(program, values, true), run(program, values, false)];
  expect(together.peakBytes).toBe(hostMemory(program, hostProgram(program, true)).peakBytes);
  expect(oneByOne.peakBytes).toBe(hostMemory(program, hostProgram(program, false)).peakBytes);
  together.outputs.forEach((output, i) => {
    const expected = oneByOne.outputs[i]!;
    const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    const difference = output.reduce((most, x, at) => Math.max(most, Math.abs(x - expected[at]!)), 0);
    expect(difference / largest, program.outputs[i]!.name).toBeLessThan(TOLERANCE);
  });
}

const shapes = (rank: number, least: number) =>
  fc.array(fc.integer({ min: least, max: 5 }), { minLength: rank, maxLength: rank });
const runs = { numRuns: 6, seed: 20_261_126 };

describe.skipIf(!onTensorFlow)("groups compute the same", () => {
  const check = (rank: number, layer: (x: Tensor) => Tensor, names: readonly GroupName[]) =>
    fc.assert(
      fc.property(shapes(rank, 2), (shape) => expectSame(layerProgram(shape, layer), names)),
      runs,
    );

  it.each([2, 4])("batch normalisation of rank %d", (rank) => {
    const layer = (x: Tensor) => batchNorm(x, { training: true, activations: "f32" });
    // Of a few rows E[x²] − E[x]² keeps few digits.
    fc.assert(
      fc.property(shapes(rank, 2), ([rows, ...shape]) =>
        expectSame(layerProgram([8 * rows!, ...shape], layer), ["batchNorm", "batchNormGradient"]),
      ),
      runs,
    );
  });

  it.each([
    ["", layerNorm],
    [" beside a shortcut", (x: Tensor) => add(x, layerNorm(x))],
  ])("layer normalisation%s", (_, layer) => {
    // Two numbers normalised are one and minus one whatever they are.
    fc.assert(
      fc.property(shapes(3, 2), ([batch, rows, width]) =>
        expectSame(layerProgram([batch!, rows!, 8 * width!], layer), ["layerNormGradient"]),
      ),
      runs,
    );
  });

  it("softmax", () => check(4, softmax, ["softmax", "softmaxGradient"]));

  it("GELU", () => check(3, gelu, ["gelu", "geluGradient"]));

  it.each([
    ["without zeros", (x: number) => x],
    ["with zeros", Math.round],
  ])("ReLU's gradient %s", (_, change) => {
    fc.assert(
      fc.property(shapes(3, 1), (shape) => expectSame(layerProgram(shape, relu), ["reluGradient"], change)),
      runs,
    );
  });

  it("the gradient of a matrix", () => {
    fc.assert(
      fc.property(shapes(3, 2), ([rows, inside, columns]) => {
        const layer = (x: Tensor) =>
          einsum(
            "axb,by->axy",
            x,
            x.trace.parameter("kernel", [inside!, columns!], { kind: "constant", value: 0 }),
          );
        expectSame(layerProgram([rows!, 3, inside!], layer), ["transposedProduct"]);
      }),
      runs,
    );
  });

  const updates = (shape: readonly number[], optimizer: Plan["optimizer"]) => {
    const trace = new Trace();
    for (const name of ["kernel", "bias"]) trace.parameter(name, shape, { kind: "constant", value: 0.5 });
    const gradients = ["kernel", "bias"].map((name) =>
      trace.input("batch", `gradient/${name}`, "f32", shape),
    );
    applyOptimizer(trace, gradients, { optimizer, momentumDtype: "f32", ema: 0 }, defaultHyperparameters);
    return trace.finish(optimizer);
  };
  // The larger one is updated in place.
  it.each([
    [3, 5],
    [40, 1000],
  ])("updates of %d × %d parameters", (...shape) => {
    expectSame(updates(shape, "sgd"), ["momentumUpdate"]);
    expectSame(updates(shape, "adamw"), ["sumOfSquares", "adamUpdate"]);
  });

  it.each(["sgd", "adamw"] as const)("%s leaves alone what others hold", (optimizer) => {
    const program = updates([40, 1000], optimizer);
    const executable = prepare(program);
    const inputs = program.inputs.map(({ value }) => {
      const { dtype, shape } = program.types[value]!;
      return dtype === "i32" ? tf.zeros([...shape], "int32") : tf.fill([...shape], 0.25);
    });
    const held = inputs.map((tensor) => tf.clone(tensor));
    const [outputs] = execute(executable, [inputs]);
    const kept = held.map((tensor) => tensor.dataSync());
    kept.forEach((numbers) => {
      expect(new Set(numbers).size).toBe(1);
      expect([0, 0.25]).toContain(numbers[0]);
    });
    expect(outputs![0]!.dataSync()[0]).not.toBe(0.25);
    executable.dispose();
  });
});

describe("without groups", () => {
  beforeAll(async () => {
    await loadBackend("cpu");
  });

  it("memory is as predicted, and no group is run", () => {
    const model = buildModel("resnet50", { image: 32, channels: 1, width: 4, classes: 5 });
    const plan: Plan = { ...tinyPlan, optimizer: "sgd" };
    const program = traceTrainingStep(model, plan);
    const before = tf.memory().numBytes;
    const executable = prepare(program);
    let measured = 0;
    const [outputs] = execute(executable, [tinyInputs(model, plan, program)], {
      onOperation: ({ group }) => {
        expect(group).toBeUndefined();
        measured = Math.max(measured, tf.memory().numBytes - before);
      },
    });
    const run = hostProgram(program, false);
    expect(measured).toBe(hostMemory(program, run).peakBytes);
    expect(hostMemory(program).peakBytes).toBeLessThan(hostMemory(program, run).peakBytes);
    tf.dispose(outputs!);
    executable.dispose();
  });
});
