/**
 * @file The README and the pages that it points to show what commands really print, and only commands that can be asked.
 *
 * After a change of figures, `WRITE=1 npx vitest run test/cli/guide.test.ts` puts the new ones into the outputs that pages show.
 * Lines that are there no more are left to be mended; the test says which.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeWhole } from "../../src/writeWhole.js";
import { missingLines, outputLines, renewedLines, shownCommands, withShown } from "../docs/page.js";
import { willfit } from "./capture.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (page: string) => readFileSync(join(root, page), "utf8");

const pages = [
  "README.md",
  "docs/how-it-works.md",
  "docs/questions.md",
  "docs/training.md",
  "docs/dashboard.md",
];

/** For the profile that `calibrate` makes. */
const settings = mkdtempSync(join(tmpdir(), "willfit-guide-"));

beforeAll(() => vi.stubEnv("WILLFIT_CONFIG", settings));

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(settings, { recursive: true });
});

const isWriting = process.env.WRITE === "1";

const shown = pages.flatMap((page) => shownCommands(read(page)).map((each) => ({ page, ...each })));

describe("commands print what is shown of them", () => {
  it.each(shown)("$page: willfit $command", async ({ page, ...each }) => {
    const { status, stdout, stderr } = await willfit(each.command);
    const isRefused = status === 2;
    const real = outputLines(each, isRefused ? stderr : stdout);
    if (isRefused) expect(stdout).toBe("");
    if (isWriting) {
      const lines = renewedLines(each, real);
      writeWhole(join(root, page), withShown(read(page), each, lines));
      expect(missingLines({ ...each, shown: lines }, real)).toEqual([]);
    } else expect(missingLines(each, real)).toEqual([]);
  });
});

describe("what is shown of an output", () => {
  const real = ["a", "b 1", "c", "d", "e"];
  const missing = (...shown: readonly string[]) => missingLines({ command: "", shown }, real);

  it("is all of it, but for what is said to be left out", () => {
    expect(missing(...real)).toEqual([]);
    expect(missing("a", "…", "e")).toEqual([]);
    expect(missing("…", "c", "…")).toEqual([]);
    expect(missing("a", "b …", "…")).toEqual([]);
    expect(missing("b 1", "…")).toEqual(["b 1"]);
    expect(missing("…", "d")).toEqual(["d"]);
    expect(missing("a", "c", "…")).toEqual(["a", "c"]);
    expect(missing("…", "d", "…", "c", "…")).toEqual(["c"]);
    expect(missing("…", "b 2", "…")).toEqual(["b 2"]);
  });

  it("is renewed where but numbers have changed", () => {
    const renewed = (...shown: readonly string[]) => renewedLines({ command: "", shown }, real);
    expect(renewed("…", "b 2", "…")).toEqual(["…", "b 1", "…"]);
    expect(renewed("…", "x 2", "…")).toEqual(["…", "x 2", "…"]);
  });
});

/** Indented lines that begin with a command, up to what the shell makes of its answer. */
const written = pages.flatMap((page) =>
  [...read(page).matchAll(/^ {4}willfit (.+)$/gm)].map(([, line]) =>
    line!.replace(/\s(?:#|\||&&).*/, "").trim(),
  ),
);
const questions = [...new Set(written)];

// These take minutes, need XLA or write files; train.test.ts, verify.test.ts, sweep.test.ts and their like see to them.
const elsewhere = /^(train|experiment|verify|export|crosscheck|report)\b|--output |--run /;

it.each(questions.filter((question) => !elsewhere.test(question)))(
  "willfit %s is answered",
  async (question) => {
    const { status, stdout } = await willfit(question);
    expect(status).toBeLessThan(2);
    expect(stdout).not.toBe("");
  },
);

/** Commands that train: on the data that are everywhere, and without the training. */
const runs = questions.filter((question) => /^train .*--data mnist/.test(question));

it.each(runs)("willfit %s --dry-run is answered", async (run) => {
  expect(await willfit(`${run} --dry-run`)).toMatchObject({ status: 0, stderr: "" });
});

it("has some", () => {
  expect(shown.length).toBeGreaterThan(20);
  expect(questions.length).toBeGreaterThan(5);
  expect(runs.length).toBeGreaterThan(1);
});
