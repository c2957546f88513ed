/** @file The README's questions can be asked. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { willfit } from "./capture.js";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Lines that begin with a command, up to what the shell makes of its answer. */
const questions = [...readme.matchAll(/^(?:\$ | {4})willfit (.+)$/gm)].map(([, line]) =>
  line!.replace(/\s(?:#|\||&&).*/, "").trim(),
);

// Training takes minutes; test/train and test/cli/train.test.ts see to it.
it.each(questions.filter((question) => !question.startsWith("train ")))("willfit %s", async (question) => {
  const { status, stdout, stderr } = await willfit(question);
  if (status === 2) expect(readme).toContain(stderr);
  else expect(stdout).not.toBe("");
});

it("has some", () => expect(questions.length).toBeGreaterThan(5));
