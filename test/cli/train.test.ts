/** @file `willfit train`: what it refuses, before it loads TensorFlow where that can be, and what it predicts. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Prediction } from "../../sim/prediction.js";
import type { DryRun } from "../../src/cli/dryRun.js";
import { MALFORMED } from "../../src/cli/program.js";
import { readRunFile } from "../../train/runFile.js";
import { willfit } from "./capture.js";

it.each([
  ["train vit-s16", "required option '--data <data>' not specified"],
  ["train vit-s16 --data imagenet", "--data imagenet: is not there, nor is it the name of a data set"],
  ["train vit-s16 --data mnist --resume", "--resume needs --out"],
  ["train vit-s16 --data mnist --learning-rate -1", "--learning-rate -1: not a positive number"],
  ["train vit-s16 --data mnist --epochs 2q", "--epochs 2q: not a whole number"],
  ["train vit-s16 --data mnist --backend gpu", "--backend gpu: unknown; did you mean cpu?"],
  ["train vit-s16 --data mnist --keep 0", "--keep 0: less than one"],
  ["train --data mnist", "the model is missing: say a name of `willfit models`, or --recipe"],
  ["train --recipe vit-s16-90e --data mnist", "did you mean vit-s16-90ep?"],
  [
    "train --recipe siglit-b8-lstar --data mnist",
    "siglit-b8-lstar can only be predicted; recipes to train by are",
  ],
  ["train vit-s16 --data mnist --mixup -1", "--mixup -1: not a number from 0"],
  ["train vit-s16 --data mnist --label-smoothing 1", "--label-smoothing 1: not a share"],
  ["train vit-s16 --data mnist --ema 1", "--ema 1: not a number from 0 to below 1"],
  ["train vit-s16 --data mnist --augment blur", "--augment: no step blur; known: inception-crop"],
  ["experiment posit", 'unknown experiment "posit"'],
])("willfit %s", async (line, message) => {
  const { status, stdout, stderr } = await willfit(line);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
  expect(stdout).toBe("");
  expect(status).toBe(MALFORMED);
});

it("willfit train --dashboard shows a bar where there is no terminal", async () => {
  const out = mkdtempSync(join(tmpdir(), "willfit-dashboard-"));
  try {
    const line = "train vit-s16 --patch 14 --width 16 --depth 1 --heads 2 --data mnist --batch 10000";
    const { status, stdout, stderr } = await willfit(`${line} --dashboard --out ${join(out, "run")}`);
    expect(stderr).toContain("--dashboard needs a terminal to draw on");
    expect(stderr).toContain("epoch 1: test accuracy");
    expect(stdout).toMatch(/^finished after 6 steps, test accuracy .* %; checkpoint in .*\n$/);
    expect(status).toBe(0);
    const { command, end } = readRunFile(join(out, "run"));
    expect(command?.arguments.join(" ")).toBe(`${line} --dashboard --out ${join(out, "run")}`);
    expect(command?.directory).toBe(process.cwd());
    expect(end?.how).toBe("finished");
  } finally {
    rmSync(out, { recursive: true });
  }
});

describe("willfit train --dry-run", () => {
  const small = "train vit-s16 --patch 7 --width 16 --depth 1 --heads 2 --data mnist --batch 100 --epochs 2";

  it("says what the run would take, and leaves nothing behind", async () => {
    const out = join(tmpdir(), `willfit-dry-${process.pid}`);
    const { status, stdout, stderr } = await willfit(`${small} --dry-run --out ${out}`);
    expect(stdout).toMatch(/Memory of a \w+ at the worst moment/);
    expect(stdout).toMatch(/The run: 1,200 steps in /);
    expect(stdout).toContain("2 epochs of 600 steps");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(existsSync(out)).toBe(false);
  });

  it("is what predict says of the host, as JSON", async () => {
    const { stdout } = await willfit(`${small} --dry-run --json`);
    const answer = JSON.parse(stdout) as DryRun;
    const options = "--image 28 --channels 1 --classes 10 --patch 7 --width 16 --depth 1 --heads 2";
    const asked = await willfit(`predict vit-s16 ${options} --batch 100 --activations f32 --on host --json`);
    const prediction = JSON.parse(asked.stdout) as Prediction;
    expect(answer.memory).toEqual(prediction.memory);
    expect(answer.time).toEqual(prediction.time);
    expect(answer.training).toEqual({
      epochs: 2,
      stepsPerEpoch: 600,
      steps: 1200,
      seconds: 1200 * prediction.time.stepSeconds,
    });
  });

  it("does as the recipe does, at the size that the options say", async () => {
    const line = `train --recipe vit-s16-90ep --patch 7 --width 16 --depth 1 --heads 2 --data mnist --augment none --dry-run`;
    const { stdout, stderr } = await willfit(`${line} --batch 100 --epochs 10 --json`);
    const { plan, training, params } = JSON.parse(stdout) as DryRun;
    expect(plan).toMatchObject({ optimizer: "adamw", momentumDtype: "f32", activations: "f32", devices: 1 });
    expect(training).toMatchObject({ epochs: 10, stepsPerEpoch: 600 });
    // Its warm-up is 10,000 of 111,477 steps.
    expect(stderr).toBe(
      "vit-s16-90ep: 10 epochs at a batch of 100, learning rate 0.001 after 538 steps, MixUp 0.2\n",
    );
    const averaged = JSON.parse((await willfit(`${line} --batch 100 --ema 0.99 --json`)).stdout) as DryRun;
    const without = JSON.parse((await willfit(`${line} --batch 100 --json`)).stdout) as DryRun;
    // A copy of every parameter, and a count of steps.
    expect(averaged.memory.argumentBytes - without.memory.argumentBytes).toBe(4 * params + 4);
  });

  it("of a BoTNet's recipe has a moving average, and a rate for this batch", async () => {
    const line =
      "train botnet50 --recipe botnet-t4-b32 --width 8 --data mnist --augment none --dry-run --json";
    const { stdout, stderr } = await willfit(`${line} --batch 64 --epochs 2`);
    expect((JSON.parse(stdout) as DryRun).plan).toMatchObject({ optimizer: "sgd", ema: 0.9999 });
    expect(stderr).toMatch(
      /learning rate 0\.025 after 27 steps, label smoothing 0\.1, moving average 0\.9999/,
    );
  });

  it("refuses what the run would refuse", async () => {
    const { status, stderr } = await willfit("train mask-rcnn-r50 --data mnist --dry-run");
    expect(stderr).toContain("learns from objects in images");
    expect(status).toBe(MALFORMED);
  });
});
