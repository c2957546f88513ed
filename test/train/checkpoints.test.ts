/** @file The checkpoints of a folder: which are kept, and which one a run goes on from. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Checkpoint, saveCheckpoint } from "../../train/checkpoint.js";
import {
  checkpointFiles,
  checkpointPath,
  keepCheckpoint,
  newestCheckpoint,
  removeLeftovers,
} from "../../train/checkpoints.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const checkpoint = (step: number): Checkpoint => ({
  metadata: { step: String(step) },
  tensors: [{ name: "w", dtype: "f32", shape: [2], values: Float32Array.of(step, 1) }],
});
const keepSteps = (steps: readonly number[], keep: number) => {
  for (const step of steps) keepCheckpoint(folder, step, checkpoint(step), keep);
};
const steps = () => checkpointFiles(folder).map(({ step }) => step);

it("keeps the newest, in the order of steps and not of names", () => {
  keepSteps([500, 1000, 999_999, 1_000_000], 3);
  expect(steps()).toEqual([1_000_000, 999_999, 1000]);
  expect(readdirSync(folder)).toContain("checkpoint-001000.safetensors");
});

it("takes the newest whole one and says why others were passed over", () => {
  keepSteps([1, 2, 3], 3);
  truncateSync(checkpointPath(folder, 3), 40);
  const damaged: string[] = [];
  const newest = newestCheckpoint(folder, (why) => damaged.push(why));
  expect(newest.checkpoint.metadata.step).toBe("2");
  expect(damaged).toEqual([expect.stringContaining("checkpoint-000003.safetensors: ")]);
});

it("notices a single flipped bit", () => {
  keepSteps([1, 2], 2);
  const path = checkpointPath(folder, 2);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  const damaged: string[] = [];
  expect(newestCheckpoint(folder, (why) => damaged.push(why)).checkpoint).toEqual(checkpoint(1));
  expect(damaged).toEqual([expect.stringContaining("its bytes are not those written")]);
});

it("does not count a damaged one among those it keeps", () => {
  keepSteps([1, 2], 1);
  keepSteps([3], 2);
  truncateSync(checkpointPath(folder, 3), 40);
  keepCheckpoint(folder, 2, checkpoint(2), 1);
  expect(steps()).toEqual([2]);
});

it("reads the single checkpoint of earlier versions, last of all", () => {
  saveCheckpoint(join(folder, "checkpoint.safetensors"), checkpoint(7));
  expect(newestCheckpoint(folder).checkpoint.metadata.step).toBe("7");
  keepSteps([8], 3);
  expect(newestCheckpoint(folder).checkpoint.metadata.step).toBe("8");
});

it("removes what killed runs left half written, and nothing else", () => {
  const ours = ["checkpoint-000005.safetensors.123.tmp", "metrics.csv.9.tmp"];
  const others = ["notes.tmp", "checkpoint.tmp.txt", "metrics.csv"];
  for (const name of [...ours, ...others]) writeFileSync(join(folder, name), "half");
  removeLeftovers(folder);
  expect(readdirSync(folder).sort()).toEqual([...others].sort());
});

it("says that there is none", () => {
  expect(() => newestCheckpoint(join(folder, "nowhere"))).toThrow("there is no checkpoint in");
});
