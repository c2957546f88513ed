/** @file The README's questions can be asked. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { willfit } from "./capture.js";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** For the profile that `calibrate` makes. */
const settings = mkdtempSync(join(tmpdir(), "willfit-readme-"));

beforeAll(() => vi.stubEnv("WILLFIT_CONFIG", settings));

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(settings, { recursive: true });
});

/** Lines that begin with a command, up to what the shell makes of its answer. */
const questions = [...readme.matchAll(/^(?:\$ | {4})willfit (.+)$/gm)].map(([, line]) =>
  line!.replace(/\s(?:#|\||&&).*/, "").trim(),
);

// These take minutes, need XLA or write files; train.test.ts, verify.test.ts, sweep.test.ts and their like see to them.
const elsewhere =
  /^(train|experiment|verify|export|batches|crosscheck|report)\b|^calibrate$|--output |--run /;

it.each(questions.filter((question) => !elsewhere.test(question)))("willfit %s", async (question) => {
  const { status, stdout, stderr } = await willfit(question);
  if (status === 2) expect(readme).toContain(stderr);
  else expect(stdout).not.toBe("");
});

/** Commands that train: on the data that are everywhere, and without the training. */
const runs = questions.filter((question) => /^train .*--data mnist/.test(question));

it.each(runs)("willfit %s --dry-run", async (run) => {
  expect(await willfit(`${run} --dry-run`)).toMatchObject({ status: 0, stderr: "" });
});

it("has some", () => {
  expect(questions.length).toBeGreaterThan(5);
  expect(runs.length).toBeGreaterThan(1);
});
