/** @file The library's entry point, and what answering a question must not load. */
import { expect, it, vi } from "vitest";
import * as willfit from "../src/index.js";
import { willfit as commandLine } from "./cli/capture.js";

const tooSlow = vi.hoisted(() => (): never => {
  throw new Error("loaded, which takes longer than the answer");
});
vi.mock("@tensorflow/tfjs-core", tooSlow);
vi.mock("mathjs", tooSlow);

const query: willfit.Query = {
  model: "vit-s16",
  modelOptions: { depth: 1 },
  hardware: "tpu-v3-8",
  plan: {},
  globalBatch: 64,
};

it("answers what the command line answers", async () => {
  const { stdout } = await commandLine("fit vit-s16 --depth 1 --on tpu-v3-8 --batch 64 --json");
  expect(willfit.fit(query)).toEqual(JSON.parse(stdout));
  expect(willfit.predict(query).memory.verdict).toBe("fits");
  expect(willfit.hardwareNames()).toContain("tpu-v4x4");
  expect(() => willfit.buildModel("vit-s61")).toThrow(willfit.UserError);
});

it("takes a question that says nothing of model and plan", () => {
  const { model, hardware, globalBatch } = query;
  const asked = { model, hardware, globalBatch };
  expect(willfit.predict(asked)).toEqual(willfit.predict({ ...asked, modelOptions: {}, plan: {} }));
  expect(willfit.fit(asked).plan).toMatchObject({ ...willfit.defaultPlan, devices: 8, globalBatch });
});

it("sweeps as a function", async () => {
  const { model, modelOptions, hardware, plan, globalBatch } = query;
  const { rows } = await willfit.sweep({
    models: [model],
    modelOptions: [modelOptions],
    hardware: [hardware],
    plans: [plan],
    batches: [globalBatch],
  });
  expect(rows).toEqual([{ ...willfit.predict(query), modelOptions, pareto: true }]);
});

const own = willfit.defineModel({
  name: "own",
  options: { image: 64, channels: 3, classes: 10, width: 64 },
  logits: (images, { classes, width }, { activations }) => {
    const { layers, ops } = willfit;
    const hidden = images.trace.scoped("hidden", () =>
      layers.gelu(layers.dense(ops.mean(ops.convert(images, activations), [1, 2]), width)),
    );
    return images.trace.scoped("head", () => ops.convert(layers.dense(hidden, classes), "f32"));
  },
});
const faster = willfit.defineHardware({
  name: "faster",
  base: "tpu-v3-8",
  clockHertz: { value: 1.9e9, source: "what if" },
});

it("takes models and machines that are in no list, wherever it takes names", () => {
  const asked = { ...query, model: own, modelOptions: {}, hardware: faster };
  expect(willfit.predict(asked)).toMatchObject({
    model: "own",
    hardware: "faster",
    params: 4 * 64 + 65 * 10,
  });
  expect(willfit.fit(asked).largestBatch).toBeGreaterThan(64);
  expect(willfit.fewestChips(asked)).toEqual({ devices: 2, chips: 1 });
  const { models } = willfit.compare({
    models: [own, "vit-s16"],
    modelOptions: { width: 192, depth: 1 },
    hardware: faster,
    plan: {},
    globalBatch: 64,
  });
  expect(models.map(({ model, modelOptions }) => [model, modelOptions])).toEqual([
    ["own", { width: 192 }],
    ["vit-s16", { width: 192, depth: 1 }],
  ]);
  const [row] = willfit.batchStudy({
    model: own,
    modelOptions: {},
    hardware: [faster],
    plan: {},
    losses: ["sigmoid"],
    batches: [64],
  });
  expect(row).toMatchObject({ hardware: "faster", loss: null, fitsSlice: true, accuracyPercent: null });
  expect(willfit.passes.memory!(asked)).toContain("peak");
  expect(
    willfit.printModule(willfit.traceTrainingStep(own.build({}), willfit.predict(asked).plan)),
  ).toContain("stablehlo.dot_general");
});

it("sweeps over them, and keeps two of one name apart", async () => {
  const twin = willfit.defineHardware({
    name: "faster",
    base: "tpu-v3-8",
    clockHertz: { value: 2.1e9, source: "what if" },
  });
  const question = { modelOptions: [{}], plans: [{}], batches: [64] };
  const hardware = [faster, twin, "tpu-v4x4"];
  const { rows } = await willfit.sweep(
    { ...question, models: [own, "vit-ti16"], hardware },
    { run: willfit.onThreads(2) },
  );
  expect(rows.map(({ model, hardware: name }) => `${model} ${name}`)).toEqual([
    "own faster",
    "own faster",
    "own tpu-v4x4",
    "vit-ti16 faster",
    "vit-ti16 faster",
    "vit-ti16 tpu-v4x4",
  ]);
  // Each is the only batch of its machine, so none is beaten by the other.
  expect(rows.every(({ pareto }) => pareto)).toBe(true);
  expect(rows[1]!.time.stepSeconds).toBeLessThan(rows[0]!.time.stepSeconds);
});

it("has every machine and model by its name", () => {
  expect(Object.keys(willfit.hardware)).toEqual(willfit.hardwareNames());
  expect(willfit.hardware["tpu-v3-8"]?.devices).toBe(8);
  expect(willfit.zoo["vit-s16"]?.family).toBe("vit");
});

it("prints a report without loading TensorFlow or mathjs", async () => {
  expect((await commandLine("fit vit-s16 --depth 1 --on tpu-v3-8 --batch 64")).status).toBe(0);
});

it("opens the dashboard and makes a report without them, too", async () => {
  const { openApp } = await import("../src/cli/dashboard/app/openApp.js");
  expect(openApp).toBeTypeOf("function");
  const { status, stdout } = await commandLine("report vit-s16 --depth 1 --on tpu-v3-8 --batch 64");
  expect({ status, isPage: stdout.startsWith("<!doctype html>") }).toEqual({ status: 0, isPage: true });
});
