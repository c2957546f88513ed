/**
 * @file Sharded parameters change where they are, not what they become: after three steps all results, parameters and state, put
 * together from the devices' parts, are those of the plan in which every device holds all of them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { parameterCount } from "../../src/models/count.js";
import { buildModel } from "../../src/models/zoo.js";
import { verify } from "../../src/ops/verify.js";
import { hostMemory, hostProgram } from "../../src/program/hostMemory.js";
import type { Program, Shard } from "../../src/program/types.js";
import { printModule } from "../../src/stablehlo/module.js";
import { defaultHyperparameters } from "../../src/transforms/optimizer.js";
import { defaultPlan, type Plan } from "../../src/transforms/plan.js";
import { fullySharded, shardedDimension } from "../../src/transforms/sharding.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { toTensor } from "../../train/agreement.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { isTensorFlow } from "../../train/kernels/tensorflow.js";
import { syntheticInputs } from "../../train/synthetic.js";
import { type TinyModel, tinyFamilies, tinyModels, tinyPlan } from "../train/tiny.js";
import { relativeDifference } from "./relativeDifference.js";

const STEPS = 3;
/** Below the gradients' norm, so that the clip does something. */
const CLIP_NORM = 0.05;

beforeAll(async () => {
  await loadBackend();
});

/** The tiny models' parameters are all smaller than what is worth sharding. */
function programOf({ model, options }: TinyModel, plan: Plan): Program {
  const hyperparameters = { ...defaultHyperparameters, clipNorm: CLIP_NORM };
  const sharding = plan.shard === "fsdp" ? fullySharded(plan.devices, 0) : undefined;
  return traceTrainingStep(buildModel(model, options), plan, hyperparameters, sharding);
}

interface Run {
  readonly program: Program;
  /** What the devices hold after the last step, put together, and each step's results. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly measuredPeak: number;
}

function together(parts: readonly tf.Tensor[], shard: Shard | undefined): Float32Array {
  return tf.tidy(
    () => (shard ? tf.concat([...parts], shard.dimension) : parts[0]!).dataSync() as Float32Array,
  );
}

/** Three steps on one batch, all devices in lock step. */
function run(tiny: TinyModel, plan: Plan): Run {
  const program = programOf(tiny, plan);
  verify(program);
  const model = buildModel(tiny.model, tiny.options);
  const before = tf.memory().numBytes;
  const executable = prepare(program);
  const values = new Map<string, Float32Array>();
  let measuredPeak = 0;
  const onOperation = () => {
    measuredPeak = Math.max(measuredPeak, tf.memory().numBytes - before);
  };
  let state: readonly (readonly (tf.Tensor | undefined)[])[] = [];
  for (let step = 0; step < STEPS; step++) {
    const inputs = Array.from({ length: plan.devices }, (_, device) =>
      syntheticInputs(model, plan, program, { seed: 1, device, state: "warm" }).map(
        (array, i) => state[device]?.[i] ?? toTensor(array),
      ),
    );
    const outputs = execute(executable, inputs, { onOperation });
    // Frozen weights are made anew for each step.
    tf.dispose(inputs.flat().filter((tensor) => !tensor.isDisposed));
    const next: tf.Tensor[][] = outputs.map(() => []);
    program.outputs.forEach(({ name, replaces }, i) => {
      const ofDevices = outputs.map((tensors) => tensors[i]!);
      if (replaces === undefined) {
        values.set(`${name} ${step}`, together(ofDevices, undefined));
        tf.dispose(ofDevices);
        return;
      }
      values.set(name, together(ofDevices, program.inputs[replaces]!.shard));
      ofDevices.forEach((tensor, device) => {
        next[device]![replaces] = tensor;
      });
    });
    state = next;
  }
  tf.dispose(state.flat().filter((tensor) => tensor !== undefined));
  executable.dispose();
  expect(tf.memory().numBytes).toBe(before);
  return { program, values, measuredPeak };
}

const [vit, tinyResnet, siglip] = tinyModels as [TinyModel, TinyModel, TinyModel];
/** The last stage normalises one pixel of each example: of two examples, any two become −1 and 1, and rounding decides. */
const resnet: TinyModel = { ...tinyResnet, batch: 32 };
/** Wide enough that Adafactor factors, along either dimension, also where a third one is sharded. */
const wide: TinyModel = { ...vit, options: { ...vit.options, width: 32 } };
const bit = tinyFamilies.find(({ model }) => model === "bit-r50x1")!;
const frozen = tinyFamilies.find(({ options }) => "imageTower" in options)!;

type Case = readonly [tiny: TinyModel, changes: Partial<Plan>];
const cases: readonly Case[] = [
  ...[vit, resnet, siglip].flatMap((tiny) =>
    (["sgd", "adamw"] as const).map((optimizer): Case => [tiny, { devices: 2, optimizer }]),
  ),
  // More devices take their time, and differ in nothing but how many they are.
  [vit, { devices: 4, optimizer: "adamw" }],
  [siglip, { devices: 4, optimizer: "sgd" }],
  ...[2, 4].map((devices): Case => [wide, { devices, optimizer: "adafactor" }]),
  [resnet, { devices: 2, optimizer: "adafactor" }],
  [siglip, { devices: 2, optimizer: "adafactor" }],
  [vit, { devices: 2, optimizer: "lion" }],
  [vit, { devices: 2, optimizer: "rmsprop" }],
  ...(["sigmoid-gather", "softmax"] as const).map((loss): Case => [siglip, { devices: 4, loss }]),
  ...[vit, resnet, siglip].flatMap((tiny) =>
    ["block", "full"].map((remat): Case => [tiny, { devices: 2, remat }]),
  ),
  [vit, { devices: 2, remat: "attention,mlp" }],
  ...[vit, resnet, siglip].map((tiny): Case => [tiny, { devices: 2, microbatches: 2 }]),
  [siglip, { devices: 2, microbatches: 2, loss: "softmax" }],
  ...[vit, siglip].map((tiny): Case => [tiny, { devices: 2, microbatches: 2, remat: "block" }]),
  // A kernel that is standardised first, and weights that are only read.
  [bit, { devices: 2 }],
  [frozen, { devices: 2, microbatches: 2 }],
];

describe("three steps are the same steps", () => {
  it.each(cases.map(([tiny, changes]) => ({ tiny, changes })))(
    "$tiny.model $changes",
    ({ tiny, changes }) => {
      const { batch: globalBatch = tinyPlan.globalBatch } = tiny;
      const plan: Plan = { ...tinyPlan, globalBatch, optimizer: "sgd", ...changes };
      const whole = run(tiny, plan);
      const sharded = run(tiny, { ...plan, shard: "fsdp" });
      expect([...sharded.values.keys()].sort()).toEqual([...whole.values.keys()].sort());
      for (const [name, expected] of whole.values) {
        expect(relativeDifference(sharded.values.get(name)!, expected), name).toBeLessThan(1e-5);
      }
      expect(parameterCount(sharded.program)).toBe(parameterCount(whole.program));
      // Constants are made once for all devices of this process.
      const { peakBytes, constantBytes } = hostMemory(
        sharded.program,
        hostProgram(sharded.program, isTensorFlow()),
      );
      expect(sharded.measuredPeak).toBe(constantBytes + plan.devices * (peakBytes - constantBytes));
    },
  );
});

describe("the dimension in parts", () => {
  it.each([
    // The largest.
    [[384, 1536], 8, 1],
    [[1536, 384], 8, 0],
    // Of equal ones the first: contiguous.
    [[768, 768], 8, 0],
    [[3, 3, 512, 512], 8, 2],
    // 1000 classes would make parts of 125 rows.
    [[384, 1000], 8, 0],
    [[12, 20], 4, 1],
    [[3, 5], 4, undefined],
    [[], 4, undefined],
  ] as const)("of %o among %i devices is %s", (shape, devices, dimension) => {
    expect(shardedDimension(shape, devices)).toBe(dimension);
  });
});

describe("the program of ViT-S/16", () => {
  const model = buildModel("vit-s16", {});
  const plan = {
    ...defaultPlan,
    optimizer: "adamw",
    globalBatch: 64,
    devices: 8,
    shard: "fsdp",
  } as const;
  const program = traceTrainingStep(model, plan);
  const { types, operations } = program;

  it("holds an eighth of every kernel and of its moments, and all of biases", () => {
    const shapeOf = (name: string) => types[program.inputs.find((it) => it.name === name)!.value]!.shape;
    const up = "vit/encoder/block0/mlp/up";
    expect(shapeOf(`${up}/kernel`)).toEqual([384, 192]);
    expect(shapeOf(`optimizer/${up}/kernel/nu`)).toEqual([384, 192]);
    expect(shapeOf(`${up}/bias`)).toEqual([1536]);
  });

  it("gathers each kernel in bf16 for the forward and again for the backward pass", () => {
    const gathers = operations.filter(({ name, scope }) => name === "allGather" && scope.endsWith("mlp/up"));
    expect(gathers.map(({ phase }) => phase)).toEqual([
      ...Array(12).fill("forward"),
      ...Array(12).fill("recompute"),
    ]);
    for (const { results } of gathers)
      expect(types[results[0]!]).toEqual({ dtype: "bf16", shape: [384, 1536] });
  });

  it("nothing of the forward pass's gathers is read by the backward pass", () => {
    const gathered = new Set(
      operations
        .filter(({ name, phase }) => name === "allGather" && phase === "forward")
        .flatMap(({ results }) => results),
    );
    const readers = operations.filter(({ operands }) => operands.some((operand) => gathered.has(operand)));
    expect(new Set(readers.map(({ phase }) => phase))).toEqual(new Set(["forward"]));
  });

  it("sums a gradient once: in the reduce-scatter, or in an all-reduce if it is whole", () => {
    const count = (name: string) => operations.filter((it) => it.name === name).length;
    const parts = program.inputs.filter(({ role, shard }) => role === "parameter" && shard).length;
    const whole = program.inputs.filter(({ role, shard }) => role === "parameter" && !shard).length;
    expect(count("reduceScatter")).toBe(parts);
    // And the loss, and the squared norm.
    expect(count("allReduce")).toBe(whole + 2);
  });

  it("in StableHLO", () => {
    const text = printModule(program);
    expect(text).toContain(
      'willfit.shard = {dimension = 1 : i64, replicas = 8 : i64}} loc("vit/encoder/block0/mlp/up/kernel")',
    );
    expect(text).toMatch(
      /"stablehlo.all_gather"\(%\d+\) <\{all_gather_dim = 1 : i64, .*\(tensor<384x192xbf16>\) -> tensor<384x1536xbf16>/,
    );
    expect(text).toMatch(/"stablehlo.reduce_scatter"\(%\d+\) <\{.*scatter_dimension = 1 : i64/);
  });

  it("on one device nothing is in parts", () => {
    const one = { ...plan, devices: 1 };
    expect(traceTrainingStep(model, one)).toEqual(traceTrainingStep(model, { ...one, shard: "none" }));
  });
});
