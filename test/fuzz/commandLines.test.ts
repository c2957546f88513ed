/**
 * @file Any command line: a right answer, or one line that says what is wrong and status 2. Options are those that each command
 * has, so that a new one is tried, too.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, type Option } from "commander";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { hardwareNames } from "../../sim/hardware.js";
import { modelValues, planValues } from "../../src/cli/planOptions.js";
import type { Configure } from "../../src/cli/program.js";
import { terminalOf } from "../../src/cli/terminal.js";
import { zoo } from "../../src/models/zoo.js";
import { recipes } from "../../src/recipes/recipes.js";
import { type Captured, willfit } from "../cli/capture.js";
import { cases } from "./cases.js";
import { batchesSchema, comparisonSchema, fitSchema, predictionSchema, sweepSchema } from "./contract.js";
import { hostile, RAW_CONTROL } from "./hostile.js";

/** How long the slowest answer may take: what is longer is a hang to whoever waits for it. */
const PATIENCE_MILLISECONDS = 60_000;

let before = "";
let folder = "";
beforeAll(() => {
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "willfit-fuzz-"));
  // Some of what is tried are names of files to write.
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

/** A question of each family that is answered in a moment. */
const small: readonly (readonly string[])[] = [
  ["vit-ti16", "--image", "32", "--width", "16", "--heads", "2", "--depth", "1", "--classes", "10"],
  ["siglip-b16", "--image", "32", "--width", "16", "--heads", "2", "--depth", "1", "--vocabulary", "64"],
  ["lit-b8", "--image", "16", "--width", "16", "--heads", "2", "--depth", "1", "--text-depth", "1"],
  ["mixer-s16", "--image", "32", "--width", "16", "--depth", "1"],
  ["resnet50", "--image", "32", "--width", "8"],
  ["bit-r50x1", "--image", "32", "--width", "8"],
  ["resnest50", "--image", "32", "--width", "8"],
  ["botnet50", "--image", "64", "--width", "8"],
  ["efficientnet-b0", "--image", "32", "--width-percent", "10"],
  ["mask-rcnn-r50", "--image", "128", "--width", "8", "--rois", "8"],
];

/** Convolutional networks have ten times the operations. */
const smallModel = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...small.slice(0, 4)) },
  { weight: 1, arbitrary: fc.constantFrom(...small.slice(4)) },
);

/** Without a command's name. */
type Arguments = fc.Arbitrary<readonly string[]>;

interface Fuzzed {
  readonly load: () => Promise<{ readonly configure: Configure }>;
  /** A question that is answered, or one that is refused where an answer takes minutes. */
  readonly base: Arguments;
  /** Whether nothing is asked without it: that would take minutes. */
  readonly onlyWithBase?: true;
  readonly json?: z.ZodType;
  /** Of all command lines. */
  readonly weight: number;
}

const machine = fc.constantFrom("tpu-v3-8", ...hardwareNames());
const batch = fc.constantFrom("8", "64", "1k", "32k", "96");
const question: Arguments = fc
  .tuple(smallModel, machine, batch)
  .map(([model, on, size]) => [...model, "--on", on, "--batch", size]);

const commands: Readonly<Record<string, Fuzzed>> = {
  fit: { load: () => import("../../src/cli/fit.js"), base: question, json: fitSchema, weight: 1 },
  predict: {
    load: () => import("../../src/cli/predict.js"),
    base: question,
    json: predictionSchema,
    weight: 16,
  },
  sweep: {
    load: () => import("../../src/cli/sweep.js"),
    base: question.map((words) => [...words, "--threads", "1"]),
    json: sweepSchema,
    weight: 4,
  },
  compare: {
    load: () => import("../../src/cli/compare.js"),
    base: fc.tuple(question, smallModel).map(([words, [other]]) => [...words, other!]),
    json: comparisonSchema,
    weight: 0.5,
  },
  batches: {
    load: () => import("../../src/cli/batches.js"),
    base: fc
      .tuple(smallModel, machine)
      .map(([model, on]) => [...model, "--on", on, "--from", "1k", "--to", "2k"]),
    json: batchesSchema,
    weight: 0.5,
  },
  explain: { load: () => import("../../src/cli/explain.js"), base: question, weight: 3 },
  export: { load: () => import("../../src/cli/export.js"), base: question, weight: 2 },
  report: { load: () => import("../../src/cli/report.js"), base: question, weight: 0.2 },
  dashboard: { load: () => import("../../src/cli/dashboard.js"), base: question, weight: 0.2 },
  models: { load: () => import("../../src/cli/models.js"), base: fc.constant(["vit-s16"]), weight: 0.5 },
  recipes: { load: () => import("../../src/cli/recipes.js"), base: fc.constant([]), weight: 2 },
  hardware: { load: () => import("../../src/cli/hardware.js"), base: fc.constant(["tpu-v3-8"]), weight: 2 },
  verify: {
    load: () => import("../../src/cli/verify.js"),
    base: question.map((words) => [...words, "--pool", "of nothing"]),
    onlyWithBase: true,
    weight: 2,
  },
  train: {
    load: () => import("../../src/cli/train.js"),
    base: smallModel.map((words) => [...words, "--data", "no/such/folder"]),
    weight: 3,
  },
  crosscheck: {
    load: () => import("../../src/cli/crosscheck.js"),
    base: smallModel.map((words) => [...words, "--csv", "--markdown"]),
    onlyWithBase: true,
    weight: 2,
  },
  experiment: {
    load: () => import("../../src/cli/experiment.js"),
    base: fc.constant(["no-such-experiment"]),
    weight: 1,
  },
  calibrate: {
    load: () => import("../../src/cli/calibrate.js"),
    base: fc.constant(["--from", "no-such.csv", "--quick"]),
    onlyWithBase: true,
    weight: 2,
  },
};

/** The options that a command has. */
async function optionsOf({ load }: Fuzzed): Promise<readonly Option[]> {
  const silent = { write: () => {} };
  const { configure } = await load();
  const command = new Command();
  configure(command, terminalOf({ stdout: silent, stderr: silent, env: {} }), () => {});
  return command.options;
}

/** Right values of options by their names, as far as any are known. */
const rightValues: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [...planValues(), ...modelValues()].map(({ name, choices }) => [
      name,
      choices ?? ["1", "2", "3", "4", "8", "16", "32", "64"],
    ]),
  ),
  ema: ["0", "0.5", "0.9999"],
  remat: ["none", "block", "full", "attention", "mlp,attention"],
  on: hardwareNames(),
  recipe: recipes.map(({ name }) => name),
  batch: ["1", "7", "8", "32k", "4 k", "1M"],
  from: ["1", "8", "1k"],
  to: ["1", "8", "2k"],
};

/** An option with a value, or without one. */
function optionWords(options: readonly Option[]): Arguments {
  return fc.constantFrom(...options).chain((option) => {
    const flag = option.long ?? option.short!;
    if (option.isBoolean() || option.negate) return fc.constant<readonly string[]>([flag]);
    const right = rightValues[option.attributeName()];
    const value = right
      ? fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: hostile })
      : hostile;
    return fc.oneof<fc.MaybeWeightedArbitrary<readonly string[]>[]>(
      { weight: 4, arbitrary: value.map((text) => [flag, text]) },
      { weight: 1, arbitrary: value.map((text) => [`${flag}=${text}`]) },
      // Twice, the last of which counts.
      { weight: 1, arbitrary: fc.tuple(value, value).map(([a, b]) => [flag, a, flag, b]) },
    );
  });
}

/** A flag that is nearly right. */
const misspelt = (options: readonly Option[]): Arguments =>
  fc
    .tuple(fc.constantFrom(...options), fc.nat(), fc.constantFrom("", "x", "-", "=", "É", "\u001b[1m"))
    .map(([option, at, letter]) => {
      const flag = option.long ?? option.short!;
      const place = at % flag.length;
      return [flag.slice(0, place) + letter + flag.slice(place + 1), "8"];
    });

/** A line of a command: its question and some more, or anything at all in any order. */
function lineOf({ base, onlyWithBase, json }: Fuzzed, options: readonly Option[]): Arguments {
  const some = fc.oneof(
    { weight: 16, arbitrary: optionWords(options) },
    { weight: 1, arbitrary: misspelt(options) },
    { weight: 1, arbitrary: hostile.map((text) => [text]) },
  );
  const few = fc.array(some, { maxLength: 4 }).map((words) => words.flat());
  const ending = fc.constantFrom<readonly string[]>(...(json ? [["--json"], []] : [[]]));
  const more = fc.tuple(base, few, ending).map((words) => words.flat());
  return onlyWithBase ? more : fc.oneof({ weight: 3, arbitrary: more }, { weight: 1, arbitrary: few });
}

/** What every run is: an answer, or one line. */
function check(name: string, words: readonly string[], { status, stdout, stderr }: Captured): void {
  expect(stderr).not.toMatch(/unexpected|is a bug|\n {4}at /);
  expect(stderr).not.toMatch(RAW_CONTROL);
  if (status === 2) {
    expect(stderr).toMatch(/(^|\n)willfit: [^\n]+\n$/);
    expect(stdout).toBe("");
    return;
  }
  expect(status === 0 || (name === "fit" && status === 1)).toBe(true);
  if (words.includes("--help") || words.includes("-h")) return;
  // HTML and StableHLO have their own words for these.
  if (!["report", "export"].includes(name)) expect(stdout).not.toMatch(/\b(NaN|undefined|Infinity|null%)\b/);
  const { json } = commands[name]!;
  // Where the answer is in a file, nothing is printed.
  const isInFile = words.some((word) => word.startsWith("-o") || word.startsWith("--output"));
  if (!json || isInFile || !words.includes("--json")) return;
  const answer: unknown = JSON.parse(stdout);
  const parsed = json.safeParse(answer);
  expect(parsed.error?.message).toBeUndefined();
  if (name === "fit") expect((answer as z.infer<typeof fitSchema>).fits ? 0 : 1).toBe(status);
}

describe("any command line is answered, or refused in one line", () => {
  const total = Object.values(commands).reduce((sum, { weight }) => sum + weight, 0);
  it.each(Object.entries(commands))("willfit %s", async (name, command) => {
    const options = await optionsOf(command);
    const share = command.weight / total;
    await fc.assert(
      fc.asyncProperty(lineOf(command, options), async (words) => {
        const began = performance.now();
        check(name, words, await willfit([name, ...words]));
        expect(performance.now() - began).toBeLessThan(PATIENCE_MILLISECONDS);
      }),
      cases(Math.ceil(300 * share), 0.3 * share),
    );
  });

  it("every model has a family that is asked", () => {
    const families = new Set(small.map(([model]) => zoo[model!]!.family));
    for (const { family } of Object.values(zoo)) expect(families).toContain(family);
  });
});
