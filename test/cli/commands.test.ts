/** @file What the commands answer, as text and as JSON. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FusionReport } from "../../sim/fusionReport.js";
import { loadHardware } from "../../sim/hardware.js";
import type { MemoryReport } from "../../sim/memoryReport.js";
import type { FitAnswer, Prediction } from "../../sim/prediction.js";
import { willfit } from "./capture.js";

const small = "vit-s16 --batch 64 --on tpu-v3-8 --depth 2";
const tooMuch = "vit-s16 --batch 1M --on tpu-v3-8 --depth 2";
const ESCAPE = "\u001b[";

function sum(amounts: readonly number[]): number {
  return amounts.reduce((a, b) => a + b, 0);
}

describe("predict", () => {
  it("prints the contract's keys in their order, and nothing else", async () => {
    const { status, stdout, stderr } = await willfit(`predict ${small} --json`);
    const prediction = JSON.parse(stdout) as Prediction;
    expect(Object.keys(prediction)).toEqual([
      "model",
      "hardware",
      "devices",
      "globalBatch",
      "batchPerDevice",
      "plan",
      "params",
      "flopsPerStep",
      "modelFlopsPerExample",
      "memory",
      "time",
      "confidence",
    ]);
    expect(sum(prediction.memory.parts.map(({ bytes }) => bytes))).toBe(prediction.memory.peakBytes);
    expect(sum(prediction.time.parts.map(({ seconds }) => seconds))).toBeCloseTo(
      prediction.time.stepSeconds,
      12,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("takes the plan and the model from the options", async () => {
    const line = `predict siglip-b16 --depth 1 --text-length 64 --vocabulary 1k --batch 4k --on tpu-v4x4
      --devices 2 --loss softmax --optimizer sgd --momentum-dtype bf16 --activations f32 --remat block \
      --microbatches 4 --ema 0.9999 --json`;
    const prediction = JSON.parse((await willfit(line.replaceAll("\n", " "))).stdout) as Prediction;
    expect(prediction.plan).toEqual({
      globalBatch: 4096,
      devices: 2,
      loss: "softmax",
      optimizer: "sgd",
      momentumDtype: "bf16",
      activations: "f32",
      remat: "block",
      microbatches: 4,
      batchNorm: "per-device",
      shard: "none",
      ema: 0.9999,
    });
    expect(prediction.batchPerDevice).toBe(2048);
  });

  it("predicts a recipe's run: steps, hours, chip-hours and dollars", async () => {
    const { run, time } = JSON.parse(
      (await willfit("predict --recipe vit-s16-90ep --json")).stdout,
    ) as Prediction;
    expect(run).toMatchObject({ recipe: "vit-s16-90ep", steps: 111_477, isAsPublished: true });
    expect(sum(run!.parts.map(({ seconds }) => seconds)) / 3600).toBeCloseTo(run!.hours, 9);
    expect(run!.chipHours).toBeCloseTo(4 * run!.hours, 9);
    expect(run!.dollars).toBeCloseTo(2 * run!.chipHours, 9);
    // The paper: six and a half hours.
    expect(run!.hours).toBeGreaterThan(6);
    expect(run!.hours).toBeLessThan(7);
    const without = "predict --recipe vit-s16-90ep --no-input --no-evaluation --no-start --json";
    const bare = (JSON.parse((await willfit(without)).stdout) as Prediction).run!;
    expect(bare.parts.map(({ name }) => name)).toEqual(["steps"]);
    expect(bare.hours * 3600).toBeCloseTo(bare.steps * time.stepSeconds, 6);
  });

  it("changes a recipe by the other options", async () => {
    const line = "predict --recipe vit-s16-90ep --on tpu-v4x4 --batch 2k --activations bf16 --json";
    const { hardware, globalBatch, plan, run } = JSON.parse((await willfit(line)).stdout) as Prediction;
    expect({ hardware, globalBatch }).toEqual({ hardware: "tpu-v4x4", globalBatch: 2048 });
    expect(plan).toMatchObject({ activations: "bf16", momentumDtype: "bf16", devices: 4 });
    expect(run).toMatchObject({ isAsPublished: false });
    expect(run!.steps).toBe(Math.round(111_477 / 2));
    const { stdout } = await willfit("predict --recipe resnet50-v3-8-mlperf");
    expect(stdout).toMatch(/published: a step 137 ms, predicted [\d.]+ % more/);
  });

  it("lists the recipes", async () => {
    const { stdout } = await willfit("recipes");
    expect(stdout).toMatch(/vit-s16-90ep +111,477 +6 h 30 min +76\.5 % top-1/);
    const { recipes } = JSON.parse((await willfit("recipes --json")).stdout) as { recipes: object[] };
    expect(recipes.length).toBeGreaterThan(15);
  });

  it("says the verdict on its second line", async () => {
    const { stdout } = await willfit(`predict ${small}`);
    const [question, verdict] = stdout.split("\n");
    expect(question).toBe("vit-s16, 64 examples a step on tpu-v3-8 (8 cores, 8 each)");
    expect(verdict).toMatch(/^fits: needs [\d.]+ MiB a core, tpu-v3-8 has 15\.48 GiB$/);
  });

  it("predicts the host too", async () => {
    const { status, stdout } = await willfit("predict vit-s16 --depth 1 --batch 8 --on host");
    expect(stdout).toContain("8 examples a step on host (1 computer, 8 each)");
    expect(status).toBe(0);
  });
});

describe("fit", () => {
  it("exits 0 when it fits", async () => {
    const { status, stdout } = await willfit(`fit ${small} --json`);
    const answer = JSON.parse(stdout) as FitAnswer;
    expect(answer.fits).toBe(true);
    expect(answer.largestBatch).toBeGreaterThan(64);
    expect(status).toBe(0);
  });

  it("exits 1 when it does not, with the largest batch and what to change", async () => {
    const { status, stdout, stderr } = await willfit(`fit ${tooMuch}`);
    expect(stdout).toMatch(/^vit-s16, 1,048,576 examples/);
    expect(stdout).toMatch(
      /\ndoes not fit: needs [\d.]+ [GT]iB a core, tpu-v3-8 has 15\.48 GiB; the largest batch that fits is [\d,]+, and [\d,]+ with nothing recomputed\n/,
    );
    expect(stdout).toContain("--remat block");
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });
});

describe("models and hardware", () => {
  it("lists the models", async () => {
    const { stdout } = await willfit("models");
    expect(stdout).toMatch(
      /^SigLIP.*\(arXiv 2303\.15343\)\nsiglip-b16 +203\.1 M +19\.07 G +224 +73\.4 % zero-shot$/m,
    );
    expect(stdout).toContain("… and 24 more: willfit models vit");
    expect((await willfit("models vit")).stdout.match(/^vit-/gm)).toHaveLength(32);
    expect((await willfit("models botnet-t7")).stdout).toContain("84.7 % top-1; arXiv 2101.11605");
    const { models } = JSON.parse((await willfit("models --json")).stdout) as {
      models: readonly { name: string; params: number }[];
    };
    expect(models.find(({ name }) => name === "resnet50")?.params).toBe(25_557_032);
  });

  it("shows the options of one", async () => {
    expect((await willfit("models siglip-b16")).stdout).toMatch(/--text-length +16\n/);
  });

  it("lists the machines, and of one every constant with its source", async () => {
    expect((await willfit("hardware")).stdout).toMatch(/tpu-v4x4 +4 × chip +275\.3 TFLOP\/s +30\.75 GiB/);
    const { stdout } = await willfit("hardware tpu-v3-8", { columns: 110 });
    expect(stdout).toMatch(/usableMemoryBytes +15\.48 GiB +libtpu/);
    expect(stdout).toMatch(/interconnect\.hopSeconds/);
    expect(JSON.parse((await willfit("hardware host --json")).stdout)).toMatchObject({ kind: "host" });
  });
});

describe("explain", () => {
  it("shows the beginning of every pass, or one in full", async () => {
    const all = (await willfit(`explain ${small}`)).stdout;
    for (const pass of ["program", "fuse", "layout", "memory", "time"])
      expect(all).toMatch(new RegExp(`^pass ${pass}$`, "m"));
    expect(all).toMatch(/… \d+ more lines: --pass time/);
    const one = (await willfit(`explain ${small} --pass time`)).stdout;
    expect(one.split("\n").length).toBeGreaterThan(50);
  });
});

describe("explain --fusion", () => {
  it("shows what one fusion touches and computes, and its time as --pass time has it", async () => {
    const lines = (await willfit(`explain ${small} --pass time`)).stdout.split("\n");
    const number = lines.findIndex((line) => line.includes("block0/mlp/up")) - 1;
    const [, seconds, matrix, vector, memory] = lines[number + 1]!.trim().split(/ +/);
    const { stdout } = await willfit(`explain ${small} --fusion ${number}`);
    expect(stdout).toMatch(
      new RegExp(`^fusion ${number} of 0 to \\d+: dot in forward/vit/.*block0/mlp/up$`, "m"),
    );
    expect(stdout).toContain(`takes ${seconds} µs`);
    expect(stdout).toMatch(new RegExp(`matrix unit +${matrix} µs +1,568 × 384 by 384 × 1,536$`, "m"));
    expect(stdout).toMatch(new RegExp(`vector unit +${vector} µs`));
    expect(stdout).toMatch(new RegExp(`memory +${memory} µs`));
  });

  it("accounts for every byte that it moves and every cycle of the vector unit", async () => {
    const chip = loadHardware("tpu-v3-8");
    if (chip.kind === "host") throw new Error("tpu-v3-8 is an accelerator");
    const { clockHertz, lanes, sublanes } = chip;
    const registerSize = lanes.value * sublanes.value;
    for (const number of [0, 6, 8, 15]) {
      const { stdout } = await willfit(`explain ${small} --fusion ${number} --json`);
      const { reads, writes, bytes, vectorWork, time } = JSON.parse(stdout) as FusionReport;
      expect(sum([...reads, ...writes].map(({ paddedBytes }) => paddedBytes))).toBe(bytes);
      const cycles = sum(
        vectorWork.map(({ elements, registerCycles }) => (elements / registerSize) * registerCycles),
      );
      expect(cycles / clockHertz.value).toBeCloseTo(time.vector, 12);
    }
  });

  it("has neither product nor vector work of a collective", async () => {
    const lines = (await willfit(`explain ${small} --pass time`)).stdout.split("\n");
    const number = lines.findIndex((line) => line.includes("collective")) - 1;
    const { stdout } = await willfit(`explain ${small} --fusion ${number}`);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^takes [\d.]+ µs$/);
  });

  it.each([
    ["5000", "fusion 5000: there is none; the step has 0 to "],
    ["-1", "--fusion -1: not a fusion's number; write one that --pass time begins a line with"],
    ["x", "--fusion x: not a fusion's number; write one that --pass time begins a line with"],
  ])("%s is refused in one line", async (number, message) => {
    const { status, stdout, stderr } = await willfit(`explain ${small} --fusion ${number}`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`willfit: ${message}`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("explain --memory", () => {
  it("accounts for every byte of the worst moment, by category, by place and by tensor", async () => {
    const report = JSON.parse((await willfit(`explain ${small} --memory --json`)).stdout) as MemoryReport;
    const { peak, categories, tensors, timeline } = report;
    expect(sum(categories.map(({ bytes }) => bytes))).toBe(peak.bytes);
    expect(sum(tensors.map(({ paddedBytes }) => paddedBytes))).toBe(peak.bytes);
    for (const { bytes, scopes } of categories) expect(sum(scopes.map((scope) => scope.bytes))).toBe(bytes);
    expect(Math.max(...timeline.map(({ bytes }) => bytes))).toBe(peak.bytes);
    const prediction = JSON.parse((await willfit(`predict ${small} --json`)).stdout) as Prediction;
    expect(peak.bytes).toBe(prediction.memory.peakBytes);
  });

  it("shows the step as a line, and the largest tensors with shape and layout", async () => {
    const { stdout } = await willfit(`explain ${small} --memory`);
    expect(stdout).toMatch(/^ {2}[▁▂▃▄▅▆▇█]{76}$/m);
    expect(stdout).toContain("f32[8,224,224,3]{2,1,3,0}");
  });

  it("says what the loss of two towers takes by itself", async () => {
    const line =
      "explain siglip-b16 --depth 1 --vocabulary 1k --batch 4k --on tpu-v4x4 --loss softmax --memory --json";
    const { lossBytes } = JSON.parse((await willfit(line)).stdout) as MemoryReport;
    // Logits of 1,024 by 4,096 in f32, at the least.
    expect(lossBytes).toBeGreaterThanOrEqual(1024 * 4096 * 4);
  });

  it("is refused for the host in one line", async () => {
    const { status, stderr } = await willfit("explain vit-s16 --batch 8 --on host --memory");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^willfit: host runs the program as it is[^\n]*\n$/);
  });
});

describe("explain --trace", () => {
  it("writes a trace, whole or not at all, and nothing else unless it is asked for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "willfit-"));
    const path = join(folder, "step.json");
    const { status, stdout, stderr } = await willfit(`explain ${small} --trace ${path}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toMatch(/step\.json: [\d,]+ fusions of one step/);
    const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as { traceEvents: { ph: string }[] };
    expect(new Set(traceEvents.map(({ ph }) => ph))).toEqual(new Set(["M", "X", "C"]));
    const also = await willfit(`explain ${small} --trace ${path} --memory`);
    expect(also.stdout).toContain("Largest tensors alive then");
    const missing = await willfit(`explain ${small} --trace ${join(folder, "none", "step.json")}`);
    expect(missing).toMatchObject({ status: 2, stdout: "" });
    rmSync(folder, { recursive: true });
  });
});

describe("the dashboard without a terminal", () => {
  it("is what fit says, and a line that says why", async () => {
    const { status, stdout, stderr } = await willfit(`dashboard ${small}`);
    expect(stdout).toBe((await willfit(`fit ${small}`)).stdout);
    expect(stderr).toBe("no terminal to draw on: what willfit fit says instead\n");
    expect(status).toBe(0);
  });
});

describe("terminals", () => {
  it.each([30, 60, 80, 110])("the bars keep to %d columns", async (columns) => {
    const { stdout } = await willfit(`predict ${small}`, { columns });
    const drawn = stdout.split("\n").filter((line) => /[█▏│]/.test(line));
    expect(drawn.length === 0).toBe(columns < 60);
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("has colours for people only", async () => {
    const line = `predict ${small}`;
    expect((await willfit(line)).stdout).not.toContain(ESCAPE);
    expect((await willfit(line, { isTTY: true })).stdout).toContain(ESCAPE);
    expect((await willfit(line, { isTTY: true, env: { NO_COLOR: "1" } })).stdout).not.toContain(ESCAPE);
    expect((await willfit(line, { env: { FORCE_COLOR: "1" } })).stdout).toContain(ESCAPE);
    expect((await willfit(`${line} --json`, { isTTY: true })).stdout).not.toContain(ESCAPE);
  });
});

describe("without arguments", () => {
  it("answers whether a 32k batch fits, and offers questions that can be asked", async () => {
    const { status, stdout } = await willfit("");
    expect(stdout).toMatch(/^Will a 32k batch fit\?/);
    expect(stdout).toMatch(/does not fit: needs [\d.]+ GiB a chip, tpu-v4x4 has 30\.75 GiB/);
    expect(status).toBe(0);
    const questions = [...stdout.matchAll(/^ {4}willfit (.+)$/gm)].map(([, line]) => line!);
    expect(questions.length).toBeGreaterThanOrEqual(4);
    for (const line of questions) expect((await willfit(line)).status, line).toBe(0);
  });
});
