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

it("prints a report without loading TensorFlow or mathjs", async () => {
  expect((await commandLine("fit vit-s16 --depth 1 --on tpu-v3-8 --batch 64")).status).toBe(0);
});

it("opens the dashboard and makes a report without them, too", async () => {
  const { openApp } = await import("../src/cli/dashboard/app/openApp.js");
  expect(openApp).toBeTypeOf("function");
  const { status, stdout } = await commandLine("report vit-s16 --depth 1 --on tpu-v3-8 --batch 64");
  expect({ status, isPage: stdout.startsWith("<!doctype html>") }).toEqual({ status: 0, isPage: true });
});
