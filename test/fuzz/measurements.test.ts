/** @file Tables of measured steps that people wrote by hand, or a spreadsheet did: read as they say, or refused with file and line. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readMeasurements } from "../../src/cli/measurements.js";
import { willfit } from "../cli/capture.js";
import { cases } from "./cases.js";
import { damage, damaged } from "./damage.js";
import { hostile } from "./hostile.js";

let folder = "";
let path = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-fuzz-"));
  path = join(folder, "steps.csv");
  vi.stubEnv("WILLFIT_CONFIG", join(folder, "config"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Columns in the order of the cells below; the model is one that is traced in a moment. */
const columns = ["model", "batch", "stepSeconds", "peakBytes", "devices", "remat", "image", "depth"];
const right = ["vit-ti16", "128", "22.06 ms", "1.5 GiB", "1", "block", "32", "1"];

/** What the steps of a file are; undefined where it is refused with its name and a line. */
async function stepsOf(text: string | Uint8Array) {
  writeFileSync(path, text);
  try {
    return await readMeasurements(path, 8);
  } catch (error) {
    const { name, message } = error as Error;
    expect(name).toBe("UserError");
    expect(message.startsWith(`${path}: `) || message.startsWith(`${path}, line `)).toBe(true);
    return undefined;
  }
}

function expectSteps(steps: Awaited<ReturnType<typeof stepsOf>>): void {
  for (const { stepSeconds, peakBytes = 1, query } of steps ?? []) {
    for (const value of [stepSeconds, peakBytes, query.globalBatch]) {
      expect(value).toBeGreaterThan(0);
      expect(Number.isFinite(value)).toBe(true);
    }
  }
}

const lines = (...rows: readonly (readonly string[])[]) => `${rows.map((row) => row.join(",")).join("\n")}\n`;

describe("tables of measured steps", () => {
  it("with any cell are read, or refused with file and line", async () => {
    const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const cell = fc.tuple(fc.nat({ max: right.length - 1 }), hostile);
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { minLength: 1, maxLength: 2 }),
        fc.boolean(),
        async (cells, inHeader) => {
          const row: string[] = inHeader ? [...columns] : [...right];
          for (const [at, text] of cells) row[at] = quoted(text);
          expectSteps(await stepsOf(inHeader ? lines(row, right) : lines(columns, row)));
        },
      ),
      cases(200, 0.04),
    );
  });

  it("are read, or refused with file and line, whatever happened to them", async () => {
    const file = Buffer.from(lines(columns, right, ["vit-ti16", "64", "0.01", "", "1", "none", "64", "1"]));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (changes) => {
        expectSteps(await stepsOf(changes.reduce(damaged, file)));
      }),
      cases(200, 0.04),
    );
  });

  const plain = lines(columns, right);
  it.each([
    ["a byte order mark", `\ufeff${plain}`],
    ["line breaks of Windows", plain.replaceAll("\n", "\r\n")],
    [
      "quotes around everything",
      lines(
        columns.map((it) => `"${it}"`),
        right.map((it) => `"${it}"`),
      ),
    ],
    ["empty lines and spaces", `\n${plain.replaceAll(",", " , ")}\n\n`],
    ["no line break at the end", plain.trimEnd()],
  ])("with %s are the same", async (_, text) => {
    expect(await stepsOf(text)).toEqual(await stepsOf(plain));
  });

  it.each([
    [
      "the same column twice",
      lines(["model", "batch", "batch", "stepSeconds"], ["vit-ti16", "8", "16", "1"]),
    ],
    ["the same step twice", lines(columns, right, right)],
    ["a cell too many", lines(columns, [...right, "1"])],
    ["a quote that does not end", `${plain}"vit-ti16`],
    ["nothing in it", ""],
    ["zeros in it", Buffer.alloc(2000)],
    ["more steps than can be fitted", lines(columns, ...new Array<string[]>(1001).fill(right))],
    ["a time of no number", lines(columns, right.with(2, "NaN"))],
    ["a time without end", lines(columns, right.with(2, "1e999"))],
    ["a time below nothing", lines(columns, right.with(2, "-1 ms"))],
    ["a time in bytes", lines(columns, right.with(2, "3 GiB"))],
    ["no memory", lines(columns, right.with(3, "0"))],
  ])("with %s are refused", async (_, text) => {
    expect(await stepsOf(text)).toBeUndefined();
  });

  it.each(["1e-300", "1e-9", "1e9", "1e300"])(
    "a time of %s s makes a profile of numbers, or none",
    async (seconds) => {
      const other = ["resnet50", "8", "0.5", "", "1", "none", "32", "50"];
      writeFileSync(path, lines(columns, right.with(2, seconds), other));
      const { status, stdout, stderr } = await willfit([
        "calibrate",
        "--from",
        path,
        "--base",
        "tpu-v3-8",
        "--json",
      ]);
      if (status === 2) return expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
      expect(status).toBe(0);
      const { steps } = JSON.parse(stdout) as { steps: readonly Record<string, unknown>[] };
      for (const { before, after, leftOut } of steps)
        for (const value of [before, after, leftOut]) expect(value).toBeGreaterThan(0);
      const answer = await willfit([
        "predict",
        "vit-ti16",
        "--batch",
        "8",
        "--on",
        "tpu-v3-8-calibrated",
        "--json",
      ]);
      expect(answer).toMatchObject({ status: 0 });
      const { time } = JSON.parse(answer.stdout) as { time: { stepSeconds: number } };
      expect(time.stepSeconds).toBeGreaterThan(0);
    },
  );
});
