/** @file The README's questions can be asked. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { willfit } from "./capture.js";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Lines that begin with a command, up to what the shell makes of its answer. */
const questions = [...readme.matchAll(/^(?:\$ | {4})willfit (.+)$/gm)].map(([, line]) =>
  line!.replace(/\s(?:#|\||&&).*/, "").trim(),
);

// These take minutes, need XLA or write files; train.test.ts, verify.test.ts and sweep.test.ts see to them.
const elsewhere = /^(train|verify|export|batches) |--output /;

it.each(questions.filter((question) => !elsewhere.test(question)))("willfit %s", async (question) => {
  const { status, stdout, stderr } = await willfit(question);
  if (status === 2) expect(readme).toContain(stderr);
  else expect(stdout).not.toBe("");
});

it("has some", () => expect(questions.length).toBeGreaterThan(5));
