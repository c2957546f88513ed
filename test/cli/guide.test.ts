/** @file The questions of the README and of the pages that it points to can be asked. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { willfit } from "./capture.js";

const pages = ["README.md", "docs/questions.md", "docs/training.md", "docs/dashboard.md"];
const guide = pages.map((page) => readFileSync(new URL(`../../${page}`, import.meta.url), "utf8")).join("\n");

/** For the profile that `calibrate` makes. */
const settings = mkdtempSync(join(tmpdir(), "willfit-guide-"));

beforeAll(() => vi.stubEnv("WILLFIT_CONFIG", settings));

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(settings, { recursive: true });
});

/** Lines that begin with a command, up to what the shell makes of its answer. */
const written = [...guide.matchAll(/^(?:\$ | {4})willfit (.+)$/gm)].map(([, line]) =>
  line!.replace(/\s(?:#|\||&&).*/, "").trim(),
);
const questions = [...new Set(written)];

// These take minutes, need XLA or write files; train.test.ts, verify.test.ts, sweep.test.ts and their like see to them.
const elsewhere =
  /^(train|experiment|verify|export|batches|crosscheck|report)\b|^calibrate$|--output |--run /;

it.each(questions.filter((question) => !elsewhere.test(question)))("willfit %s", async (question) => {
  const { status, stdout, stderr } = await willfit(question);
  if (status === 2) expect(guide).toContain(stderr);
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
