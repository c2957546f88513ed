/** @file `willfit train`: what it refuses, before it loads TensorFlow where that can be, and what it predicts. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Prediction } from "../../sim/prediction.js";
import type { DryRun } from "../../src/cli/dryRun.js";
import { MALFORMED } from "../../src/cli/program.js";
import { willfit } from "./capture.js";

it.each([
  ["train vit-s16", "required option '--data <name>' not specified"],
  ["train vit-s16 --data imagenet", "--data imagenet: is not there, nor is it the name of a data set"],
  ["train vit-s16 --data mnist --resume", "--resume needs --out"],
  ["train vit-s16 --data mnist --learning-rate -1", "--learning-rate -1: not a positive number"],
  ["train vit-s16 --data mnist --epochs 2q", "--epochs 2q: not a whole number"],
  ["train vit-s16 --data mnist --backend gpu", "--backend gpu: unknown; did you mean cpu?"],
  ["train vit-s16 --data mnist --keep 0", "--keep 0: less than one"],
])("willfit %s", async (line, message) => {
  const { status, stdout, stderr } = await willfit(line);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
  expect(stdout).toBe("");
  expect(status).toBe(MALFORMED);
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

  it("refuses what the run would refuse", async () => {
    const { status, stderr } = await willfit("train siglip-b16 --data mnist --dry-run");
    expect(stderr).toContain("learns from pairs of images and texts");
    expect(status).toBe(MALFORMED);
  });
});
