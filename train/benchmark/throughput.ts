/**
 * @file `npm run bench:train`: examples a second of the trainer beside PyTorch's, on this computer's processor, and where a step's
 * time goes; `-- --write` keeps it in docs/. Where there is no PyTorch, it says so.
 */
import { availableParallelism } from "node:os";
import { execa } from "execa";
import { median } from "mathjs";
import { z } from "zod";
import { markdownTable as table } from "../../src/markdownTable.js";
import type { ModelOptions } from "../../src/models/options.js";
import { buildModel } from "../../src/models/zoo.js";
import { packagePath } from "../../src/packagePath.js";
import type { Program } from "../../src/program/types.js";
import type { HostArray } from "../../src/stablehlo/npz.js";
import { pythonCommand } from "../../src/stablehlo/xla.js";
import { defaultPlan, type Plan } from "../../src/transforms/plan.js";
import { traceTrainingStep } from "../../src/transforms/trainingStep.js";
import { writeWhole } from "../../src/writeWhole.js";
import { loadBackend } from "../backend.js";
import { type Executable, prepare } from "../executor.js";
import { type Stepper, stepper, timeOperations } from "../stepper.js";
import { syntheticInputs } from "../synthetic.js";

const PAGE = "docs/throughput.md";

/** As in pytorch.py, which has the same models by the same names. */
const [WARM_UP_STEPS, TIMED_STEPS] = [3, 9];

/** Ours and PyTorch's by turns so often: what else the computer does in the meantime then weighs on both. */
const ROUNDS = 5;

interface Case {
  /** As pytorch.py calls it. */
  readonly name: string;
  readonly words: string;
  readonly model: string;
  readonly options: ModelOptions;
  readonly batch: number;
}

const cases: readonly Case[] = [
  { name: "vit-ti16", words: "ViT-Ti/16 at 224, AdamW", model: "vit-ti16", options: {}, batch: 16 },
  {
    name: "resnet50",
    words: "ResNet-50 at 128, SGD",
    model: "resnet50",
    options: { image: 128 },
    batch: 8,
  },
  {
    name: "siglip-ti16",
    words: "SigLIP with towers of ViT-Ti/16, AdamW",
    model: "siglip-b16",
    options: { width: 192, heads: 3 },
    batch: 16,
  },
];

interface Measured {
  readonly examplesPerSecond: number;
  readonly operations: number;
  /** What the executor calls: groups of operations, and operations by themselves. */
  readonly calls: number;
  /** Milliseconds of a step by operation or group, most first; watching each takes some of it. */
  readonly byOperation: readonly (readonly [name: string, milliseconds: number])[];
}

/** Of one step, added up by what the executor calls. */
function timesByOperation({ steps }: Executable, stepping: Stepper): Measured["byOperation"] {
  const times = new Map<string, number>();
  timeOperations(stepping).seconds.forEach((seconds, i) => {
    const { name } = steps[i]!.step;
    times.set(name, (times.get(name) ?? 0) + 1000 * seconds);
  });
  return [...times].sort((a, b) => b[1] - a[1]);
}

function programOf({ model: name, options, batch }: Case): {
  readonly program: Program;
  readonly arrays: readonly HostArray[];
} {
  const model = buildModel(name, options);
  const { optimizer } = model;
  const plan: Plan = { ...defaultPlan, optimizer, activations: "f32", devices: 1, globalBatch: batch };
  const program = traceTrainingStep(model, plan);
  return { program, arrays: syntheticInputs(model, plan, program, { seed: 1, device: 0, state: "initial" }) };
}

function measure(of: Case): Measured {
  const { program, arrays } = programOf(of);
  const executable = prepare(program);
  const stepping = stepper(executable, arrays);
  const times: number[] = [];
  for (let run = 0; run < WARM_UP_STEPS + TIMED_STEPS; run++) {
    const began = performance.now();
    // The batch's way into tensors included, as PyTorch's is.
    stepping.step();
    if (run >= WARM_UP_STEPS) times.push((performance.now() - began) / 1000);
  }
  const byOperation = timesByOperation(executable, stepping);
  stepping.dispose();
  executable.dispose();
  return {
    examplesPerSecond: of.batch / median(times),
    operations: program.operations.length,
    calls: executable.steps.length,
    byOperation,
  };
}

const pytorchSchema = z.object({ examplesPerSecond: z.number(), torch: z.string() });
type PyTorch = z.infer<typeof pytorchSchema>;

/** The same step in PyTorch; undefined where there is none. */
async function measurePyTorch({ name }: Case): Promise<PyTorch | undefined> {
  const script = packagePath("train/benchmark/pytorch.py");
  const { stdout, failed } = await execa(pythonCommand(), [script, name], {
    reject: false,
    stderr: "ignore",
  });
  return failed || stdout.trim() === "" ? undefined : pytorchSchema.parse(JSON.parse(stdout));
}

/** So many operations are named; the rest is little. */
const SHOWN = 6;

interface Round {
  readonly ours: Measured;
  readonly theirs: PyTorch | undefined;
}

/** Ours and theirs by turns; once where there is no PyTorch. */
async function roundsOf(of: Case): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  do rounds.push({ ours: measure(of), theirs: await measurePyTorch(of) });
  while (rounds[0]!.theirs && rounds.length < ROUNDS);
  return rounds;
}

/** `1.04 × (0.98 to 1.10)`: the median of the rounds, and their range. */
function ratioText(rounds: readonly Round[]): string {
  const ratios = rounds.flatMap(({ ours, theirs }) =>
    theirs ? [ours.examplesPerSecond / theirs.examplesPerSecond] : [],
  );
  if (ratios.length === 0) return "";
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${median(ratios).toFixed(2)} × (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

async function page(): Promise<string> {
  const backend = await loadBackend();
  const rates: (readonly (string | number)[])[] = [];
  const shares: (readonly (string | number)[])[] = [];
  let torch: string | undefined;
  for (const of of cases) {
    const rounds = await roundsOf(of);
    const { ours } = rounds[0]!;
    const theirs = rounds.flatMap(({ theirs: rate }) => rate ?? []);
    torch ??= theirs[0]?.torch;
    rates.push([
      of.words,
      of.batch,
      median(rounds.map((round) => round.ours.examplesPerSecond)).toFixed(1),
      theirs.length > 0 ? median(theirs.map((rate) => rate.examplesPerSecond)).toFixed(1) : "",
      ratioText(rounds),
      ours.operations.toLocaleString("en"),
      ours.calls.toLocaleString("en"),
    ]);
    const total = ours.byOperation.reduce((sum, [, time]) => sum + time, 0);
    const named = ours.byOperation
      .slice(0, SHOWN)
      .map(([name, time]) => `${name} ${Math.round((100 * time) / total)} %`);
    shares.push([of.words, named.join(", ")]);
  }
  const threads = `${backend.threads} of ${availableParallelism()} threads`;
  const beside = torch === undefined ? "PyTorch is not installed here" : `PyTorch ${torch}`;
  return [
    "# How fast the trainer is",
    `Made by \`npm run bench:train -- --write\`: ${backend.name} ${backend.version}, ${threads}; ${beside}. f32, a whole step with its update; medians of ${TIMED_STEPS} steps and of ${ROUNDS} rounds in turns, with the range of their ratios.`,
    table(
      ["model", "batch", "willfit, examples/s", "PyTorch, examples/s", "ratio", "operations", "run as"],
      rates,
    ),
    "## Where a step goes",
    table(["model", "operations, and groups of them, that take most of it"], shares),
    "",
  ].join("\n\n");
}

const text = await page();
process.stdout.write(text);
if (process.argv.includes("--write")) writeWhole(packagePath(PAGE), text);
