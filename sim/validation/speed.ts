/**
 * @file `npm run bench`: how long answers take on this computer, as a page of Markdown; `-- --write` keeps it in docs/. Medians, with
 * another batch each time: what was asked before is not asked again.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { markdownTable as table } from "../../src/markdownTable.js";
import { packagePath } from "../../src/packagePath.js";
import { writeWhole } from "../../src/writeWhole.js";
import { quantile } from "../errorSummary.js";
import { largestBatches } from "../limits.js";
import { predict } from "../predict.js";
import type { Query } from "../query.js";
import { sweep } from "../sweep.js";
import { onThreads } from "../sweepWorkers.js";

const PAGE = "docs/speed.md";

const milliseconds = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

/** Sorted milliseconds of some runs, after some that do not count. */
function timed(work: (run: number) => void, { runs, warmUp }: { runs: number; warmUp: number }): number[] {
  const times: number[] = [];
  for (let run = 0; run < warmUp + runs; run++) {
    const began = performance.now();
    work(run);
    if (run >= warmUp) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}

const figures = (times: readonly number[]) => [quantile(times, 0.5), quantile(times, 0.9)].map(milliseconds);

const question = (model: string, globalBatch: number, plan: Query["plan"] = {}): Query => ({
  model,
  modelOptions: {},
  hardware: "tpu-v3-8",
  globalBatch,
  plan,
});

/** Another multiple of the devices in each run, around the size that a model is trained with. */
const batchOf = (base: number, run: number) => base + 8 * (run % 32);

/** Until the engine has compiled what is run often, and the garbage of the beginning is gone. */
const WARM = { runs: 60, warmUp: 40 };

function predictionRows(): readonly (readonly string[])[] {
  const models = [
    ["vit-s16", 1024, "5 ms"],
    ["vit-l16", 256, "20 ms"],
    ["botnet-t7", 128, "20 ms"],
    ["efficientnet-b7", 64, "20 ms"],
    ["siglip-b16", 512, ""],
  ] as const;
  return models.map(([model, batch, goal]) => {
    const times = timed((run) => predict(question(model, batchOf(batch, run))), WARM);
    return [model, ...figures(times), goal];
  });
}

/** What should make no difference, and what should make less than it seems. */
function growthRows(): readonly (readonly string[])[] {
  const ask = (name: string, query: (run: number) => Query) => [
    name,
    ...figures(timed((run) => predict(query(run)), WARM)),
  ];
  const small = (plan: Query["plan"], base = 1024) => {
    return (run: number) => question("vit-s16", batchOf(base, run), plan);
  };
  const deep = (depth: number) => (run: number) => {
    return { ...small({ remat: "block" })(run), modelOptions: { depth } };
  };
  const devices = (count: number) => (run: number) => {
    return {
      ...question("vit-s16", 128 * count * ((run % 4) + 1)),
      plan: { devices: count, remat: "block" },
    };
  };
  return [
    ask("batch of about 1,024", small({ remat: "block" })),
    ask("batch of about 8,192", small({ remat: "block" }, 8192)),
    ask("8 devices", devices(8)),
    ask("512 devices", devices(512)),
    ask("12 blocks", deep(12)),
    ask("24 blocks", deep(24)),
    ask("48 blocks", deep(48)),
  ];
}

function searchRows(): readonly (readonly string[])[] {
  const models = ["vit-s16", "vit-l16", "botnet-t7", "efficientnet-b7", "siglip-b16"];
  return models.map((model) => {
    const times = timed(() => largestBatches(question(model, 8)), { runs: 9, warmUp: 3 });
    return [model, ...figures(times), "150 ms"];
  });
}

/** A new process each time. */
function coldRow(...command: readonly string[]): readonly string[] {
  const main = packagePath("dist/src/cli/main.js");
  const times = timed(() => spawnSync(process.execPath, [main, ...command]), { runs: 9, warmUp: 1 });
  return [`willfit ${command.join(" ")}`, ...figures(times), "600 ms"];
}

const THREADS = 2;

async function sweepRow(): Promise<readonly string[]> {
  const question = {
    models: [
      ["vit-s16", "vit-b16", "vit-l16", "mixer-b16", "siglip-b16"],
      ["resnet50", "botnet50", "botnet-t3", "efficientnet-b0", "efficientnet-b3"],
    ].flat(),
    modelOptions: [{}],
    hardware: ["tpu-v3-8", "tpu-v4x4"],
    plans: ["none", "block"].flatMap((remat) =>
      (["bf16", "f32"] as const).flatMap((activations) =>
        (["bf16", "f32"] as const).map((momentumDtype) => ({ remat, activations, momentumDtype })),
      ),
    ),
    batches: Array.from({ length: 64 }, (_, i) => 64 * (i + 1)),
  };
  const began = performance.now();
  const { rows } = await sweep(question, { run: onThreads(THREADS) });
  const seconds = (performance.now() - began) / 1000;
  return [rows.length.toLocaleString("en"), `${seconds.toFixed(0)} s`, "60 s for 10,000"];
}

const spreadHeading = ["median", "90th percentile"];

async function page(): Promise<string> {
  const [{ model = "unknown" } = {}] = cpus();
  return [
    "# How long answers take",
    `Made by \`npm run bench -- --write\` on ${cpus().length} cores (${model.trim()}), Node ${process.versions.node}.`,
    "## A prediction, once warm",
    "Memory and time of a step on tpu-v3-8, each with another batch than the one before.",
    table(["model", ...spreadHeading, "goal"], predictionRows()),
    "## What it grows with",
    "ViT-S/16 with block rematerialisation, so that all of them fit.",
    table(["question", ...spreadHeading], growthRows()),
    "## The largest batch",
    "With nothing recomputed, and with what the compiler would recompute.",
    table(["model", ...spreadHeading, "goal"], searchRows()),
    "## From the command line",
    "A new process for each answer.",
    table(
      ["command", ...spreadHeading, "goal"],
      [
        coldRow("predict", "vit-s16", "--on", "tpu-v3-8", "--batch", "1k"),
        coldRow("predict", "efficientnet-b7", "--on", "tpu-v3-8", "--batch", "64"),
        coldRow("fit", "vit-s16", "--on", "tpu-v3-8", "--batch", "1k"),
      ],
    ),
    "## A sweep",
    `Ten models, two machines, eight plans and 64 batches, on ${THREADS} threads.`,
    table(["configurations", "all of it", "goal"], [await sweepRow()]),
    "",
  ].join("\n\n");
}

const text = await page();
process.stdout.write(text);
if (process.argv.includes("--write")) writeWhole(packagePath(PAGE), text);
