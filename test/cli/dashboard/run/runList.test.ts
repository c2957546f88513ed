/** @file The runs of a folder, and their lines. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import picocolors from "picocolors";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunSummary, runsIn } from "../../../../src/cli/dashboard/run/runList.js";
import { runListLines } from "../../../../src/cli/dashboard/run/runListText.js";
import { METRICS_JSONL } from "../../../../train/metrics.js";
import { RUN_FILE } from "../../../../train/runFile.js";
import {
  appendRows,
  endedAs,
  evaluationRow,
  NO_PROCESS,
  ofThisProcess,
  runFile,
  stepRow,
  stepRows,
  writeRun,
} from "./runFolder.js";

const base = mkdtempSync(join(tmpdir(), "willfit-runs-"));
const colors = picocolors.createColors(false);
const at = (minute: number) => `2026-11-26T10:0${minute}:00.000Z`;

beforeAll(() => {
  const run = (name: string) => join(base, name);
  writeRun(run("running"), { ...ofThisProcess, startedAt: at(1) });
  appendRows(run("running"), stepRows(1, 135));
  writeRun(run("finished"), { ...endedAs("finished"), startedAt: at(2) });
  appendRows(run("finished"), [...stepRows(179, 180), evaluationRow(3, 0.97)]);
  // It has gone on since the others began.
  writeRun(run("killed"), { ...runFile, processId: NO_PROCESS, startedAt: at(0), resumedAt: at(4) });
  writeRun(run("starting"), { ...ofThisProcess, startedAt: at(3) });
  mkdirSync(run("earlier"));
  appendRows(run("earlier"), stepRows(1, 7));
  utimesSync(join(run("earlier"), METRICS_JSONL), new Date(at(0)), new Date(at(0)));
  mkdirSync(run("damaged"));
  writeFileSync(join(run("damaged"), RUN_FILE), "{");
  appendRows(run("damaged"), stepRows(1, 2));
  utimesSync(join(run("damaged"), METRICS_JSONL), new Date(at(5)), new Date(at(5)));
  mkdirSync(run("no-run"));
  writeFileSync(run("a-file"), "");
});
afterAll(() => rmSync(base, { recursive: true }));

it("are all there are, newest first", () => {
  const runs = runsIn(base);
  expect(runs.map(({ name, status, last }) => [name, status, last?.step])).toEqual([
    ["damaged", "unknown", 2],
    ["killed", "killed", undefined],
    ["starting", "running", undefined],
    ["finished", "finished", 180],
    ["running", "running", 135],
    ["earlier", "unknown", 7],
  ]);
  expect(runs[4]).toMatchObject({ folder: join(base, "running"), last: { loss: stepRow(135).loss } });
  expect(runs[0]?.trouble).toMatch(/damaged: not JSON/);
  expect(runsIn(join(base, "nowhere"))).toEqual([]);
});

it("have a line each", () => {
  const lines = runListLines(runsIn(base), join(base, "finished"), { width: 80, height: 10 }, colors);
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "  run       model    data        steps     loss
      damaged   –        –               2    2.224  unknown
      killed    vit-s16  mnist    0 of 180        –  killed
      starting  vit-s16  mnist    0 of 180        –  running
    > finished  vit-s16  mnist  180 of 180  0.08540  finished
      running   vit-s16  mnist  135 of 180   0.1489  running
      earlier   –        –               7    1.895  unknown"
  `);
});

it("show the chosen one within any room", () => {
  const [one] = runsIn(base);
  const many = Array.from(
    { length: 40 },
    (_, i): RunSummary => ({ ...one!, folder: String(i), name: `run-${i}` }),
  );
  fc.assert(
    fc.property(
      fc.nat(39),
      fc.integer({ min: 2, max: 120 }),
      fc.integer({ min: 2, max: 50 }),
      (i, width, height) => {
        const lines = runListLines(many, String(i), { width, height }, colors);
        expect(lines.length).toBe(Math.min(height, 41));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        expect(lines.filter((line) => line.startsWith(">"))).toHaveLength(1);
        if (width > 40) expect(lines.some((line) => line.startsWith(`> run-${i} `))).toBe(true);
      },
    ),
  );
  expect(runListLines([], undefined, { width: 80, height: 10 }, colors)).toEqual([]);
});
