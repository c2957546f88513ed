/** @file `willfit sweep`, `compare` and `batches`: what they print, what they refuse, and threads. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import type { BatchRow } from "../../sim/batches.js";
import type { Comparison } from "../../sim/compare.js";
import type { SweepRow } from "../../sim/sweep.js";
import { MALFORMED } from "../../src/cli/program.js";
import { willfit } from "./capture.js";

const tiny = "--image 32 --width 64 --depth 1 --heads 2";
const some = `sweep vit-s16,siglip-b16 --on tpu-v3-8,tpu-v4x4 --batch 64,1k --remat none,attention+mlp ${tiny}`;

type Records = readonly Readonly<Record<string, string>>[];
const records = (text: string): Records => parse(text, { columns: true });

describe("sweep", () => {
  it("prints CSV that parses back to the predictions of --json", async () => {
    const rows = JSON.parse((await willfit(`${some} --json`)).stdout) as readonly SweepRow[];
    const { status, stdout, stderr } = await willfit(`${some} --csv`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const csv = records(stdout);
    expect(csv).toHaveLength(16);
    expect(rows).toHaveLength(16);
    csv.forEach((record, i) => {
      const { model, plan, memory, time, pareto } = rows[i]!;
      expect(record).toMatchObject({ model, remat: plan.remat, verdict: memory.verdict, width: "64" });
      expect(Number(record.peakBytes)).toBe(memory.peakBytes);
      expect(Number(record.examplesPerSecond)).toBe(time.examplesPerSecond);
      expect(record.pareto).toBe(String(pareto));
    });
    expect(csv.map(({ remat }) => remat)).toContain("attention,mlp");
  });

  it("has rows that are predictions as `predict --json` prints them", async () => {
    const line = `vit-s16 --on tpu-v3-8 --batch 64 ${tiny} --json`;
    const [{ modelOptions, pareto, ...prediction }] = JSON.parse((await willfit(`sweep ${line}`)).stdout) as [
      SweepRow,
    ];
    expect(prediction).toEqual(JSON.parse((await willfit(`predict ${line}`)).stdout));
    expect({ modelOptions, pareto }).toEqual({
      modelOptions: { image: 32, width: 64, depth: 1, heads: 2 },
      pareto: true,
    });
  });

  it("shows people a table that keeps to their terminal, and Markdown", async () => {
    const { stdout } = await willfit(some, { columns: 80 });
    expect(stdout).toMatch(/^vit-s16 on tpu-v3-8, 15\.48 GiB a device\n/);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).toContain("No room for:");
    const markdown = (await willfit(`${some} --markdown`)).stdout.trim().split("\n");
    expect(markdown).toHaveLength(18);
    expect(new Set(markdown.map((line) => line.split("|").length)).size).toBe(1);
  });

  it("counts what cannot be, with the first reason", async () => {
    const { status, stderr } = await willfit(`sweep vit-s16 --on tpu-v3-8 --batch 64,65,66 ${tiny} --csv`);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^2 left out: a batch of 65 does not divide among 8 devices[^\n]*\n$/);
  });
});

const executable = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

describe.skipIf(!existsSync(executable))("sweep on worker threads (built)", () => {
  it("gives the same bytes as without", async () => {
    const batches = Array.from({ length: 32 }, (_, i) => 8 * (i + 1)).join(",");
    const line = `sweep vit-s16 --on tpu-v3-8 --batch ${batches} --remat none,block --image 16 --width 16 --depth 1 --heads 1 --csv`;
    const run = async (threads: string) =>
      (await promisify(execFile)(process.execPath, [executable, ...line.split(" "), "--threads", threads]))
        .stdout;
    const alone = await run("1");
    expect(alone.split("\n")).toHaveLength(66);
    expect(await run("2")).toBe(alone);
  });
});

describe("compare", () => {
  const pair = "compare vit-s16 mixer-s16 --on tpu-v3-8 --image 32 --width 64 --depth 1 --heads 2";

  it("compares at one batch and at the largest of each", async () => {
    const { globalBatch, models } = JSON.parse((await willfit(`${pair} --json`)).stdout) as Comparison;
    const smallest = Math.min(...models.map(({ largestBatch }) => largestBatch));
    // Eight devices, doubled.
    expect(Math.log2(globalBatch / 8) % 1).toBe(0);
    expect(globalBatch).toBeLessThanOrEqual(smallest);
    expect(2 * globalBatch).toBeGreaterThan(smallest);
    for (const { atEqualBatch, atLargestBatch, largestBatch } of models) {
      expect(atEqualBatch.globalBatch).toBe(globalBatch);
      expect(atLargestBatch?.globalBatch).toBe(largestBatch);
      expect(atLargestBatch?.memory.verdict).not.toBe("does-not-fit");
    }
  });

  it("has a column for each model, which takes the options that it has", async () => {
    const { status, stdout } = await willfit(`${pair} --batch 64`);
    expect(stdout).toMatch(/^ +vit-s16 +mixer-s16$/m);
    expect(stdout).toMatch(/^at 64$/m);
    expect(stdout).toMatch(/^ {2}examples\/s +[\d,]+ +[\d,]+$/m);
    expect(status).toBe(0);
  });
});

describe("batches", () => {
  const study = `batches siglip-b16 --on tpu-v4x4 ${tiny} --vocabulary 1k --from 1k --to 2k`;

  it("has a row for each loss and batch", async () => {
    const { rows, examples } = JSON.parse((await willfit(`${study} --json`)).stdout) as {
      readonly rows: readonly BatchRow[];
      readonly examples: number;
    };
    expect(examples).toBe(9e9);
    expect(rows.map(({ loss, globalBatch }) => `${loss} ${globalBatch}`)).toEqual([
      "sigmoid 1024",
      "sigmoid 2048",
      "softmax 1024",
      "softmax 2048",
    ]);
    for (const { setup, lossBytes, accuracyPercent, globalBatch } of rows) {
      expect(setup?.rung).toBe("as asked");
      expect(setup?.runSeconds).toBeCloseTo(9e9 / setup!.prediction.time.examplesPerSecond, 6);
      // A device's own logits, at the least; no paper has trained this model.
      expect(lossBytes).toBeGreaterThanOrEqual((globalBatch / 4) ** 2);
      expect(accuracyPercent).toBeNull();
    }
    const csv = records((await willfit(`${study} --loss softmax --csv`)).stdout);
    expect(csv.map(({ loss }) => loss)).toEqual(["softmax", "softmax"]);
    expect(Number(csv[0]!.lossBytes)).toBe(rows[2]!.lossBytes);
  });

  it("finds the fewest chips where the machine itself is too small, and keeps to 80 columns", async () => {
    const line = "batches vit-s16 --on tpu-v4x4 --depth 1 --from 256k --to 512k --examples 1e9";
    const { stdout } = await willfit(line, { columns: 80 });
    expect(stdout).toMatch(/^vit-s16, on tpu-v4x4: [^\n]+ on 4 chips\n/);
    expect(stdout).toMatch(/^chips: the fewest/m);
    for (const text of stdout.split("\n")) expect(text.length).toBeLessThanOrEqual(80);
  });
});

const on = "--on tpu-v4x4";

describe("malformed questions", () => {
  it.each([
    [`sweep ${on} --batch 1k`, "the models are missing"],
    [`sweep vit-s16 --batch 1k`, "--on is missing: say which machines"],
    [`sweep vit-s16 ${on}`, "--batch is missing"],
    [`sweep vit-s16,vit-s61 ${on} --batch 1k`, 'unknown model "vit-s61"; did you mean vit-s'],
    ["sweep vit-s16 --on tpu-v4x4,tpu-v9 --batch 1k", 'unknown hardware "tpu-v9"'],
    [`sweep vit-s16 ${on} --batch 1k,2q`, "--batch 2q: not a number of examples"],
    [`sweep vit-s16 ${on} --batch 1k,,2k`, "a value is missing beside a comma"],
    [`sweep vit-s16 ${on} --batch 1k --csv --json`, "--csv and --json: one of them at a time"],
    [`sweep vit-s16 ${on} --batch 1k --loss sigmoid,sofmax`, "--loss sofmax: unknown; did you mean softmax?"],
    [`sweep resnet50 ${on} --batch 1k --heads 3`, "nothing can be predicted: resnet50 has no option --heads"],
    [
      `sweep vit-s16 ${on} --batch 1k --output no/such/folder.csv`,
      "could not write no/such/folder.csv: ENOENT",
    ],
    [`compare ${on}`, "the models are missing"],
    ["compare vit-s16", "--on is missing"],
    [`compare vit-s16 resnet50 ${on} --batch 5`, "a batch of 5 does not divide"],
    [
      `compare vit-s16 resnet50 ${on} --token-mlp 5`,
      "--token-mlp: none of vit-s16, resnet50 has this option",
    ],
    [`batches ${on}`, "the model is missing"],
    ["batches siglip-b16", "--on is missing"],
    ["batches siglip-b16 --on host", "host: slices of it there are none"],
    [
      `batches siglip-b16 ${on} --from 600 --to 700`,
      "there is no power of two between them; 512 and 1024 are nearest",
    ],
    [`batches siglip-b16 ${on} --from 4k --to 1k`, "the smallest batch is more than the largest"],
    [`batches siglip-b16 ${on} --examples many`, "--examples many: not a number of examples"],
    [`batches siglip-b61 ${on}`, 'unknown model "siglip-b61"; did you mean siglip-b16?'],
  ])("willfit %s", async (line, message) => {
    const { status, stdout, stderr } = await willfit(line);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
  });
});
