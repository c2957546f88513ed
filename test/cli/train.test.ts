/** @file `willfit train`: what it refuses, before it loads TensorFlow where that can be. */
import { expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import { willfit } from "./capture.js";

it.each([
  ["train vit-s16", "required option '--data <name>' not specified"],
  ["train vit-s16 --data imagenet", "--data imagenet: neither mnist nor a folder that is there"],
  ["train vit-s16 --data mnist --resume", "--resume needs --out"],
  ["train vit-s16 --data mnist --learning-rate -1", "--learning-rate -1: not a positive number"],
  ["train vit-s16 --data mnist --epochs 2q", "--epochs 2q: not a whole number"],
  ["train vit-s16 --data mnist --backend gpu", "--backend gpu: unknown; did you mean cpu?"],
])("willfit %s", async (line, message) => {
  const { status, stdout, stderr } = await willfit(line);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
  expect(stdout).toBe("");
  expect(status).toBe(MALFORMED);
});
