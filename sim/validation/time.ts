/**
 * @file `npm run validate:time`: predicted time beside published runs and the TPU compiler's own estimates, as a page of
 * Markdown. With `--write` it also renews `sim/errors.json`, which predictions take their confidence from.
 */
import { markdownTable as table } from "../../src/markdownTable.js";
import { packagePath } from "../../src/packagePath.js";
import { formatBytes, formatDifference, SECONDS_PER_HOUR } from "../../src/units/quantity.js";
import { writeWhole } from "../../src/writeWhole.js";
import type { CheckedStep } from "../checked.js";
import { errorsPath } from "../confidence.js";
import { predict } from "../predict.js";
import { medianProductError, type ProductComparison } from "../products.js";
import {
  type ComparedRanStep,
  type ComparedRun,
  type ComparedStep,
  comparedProducts,
  compareRanSteps,
  compareRuns,
  compareSteps,
} from "./compared.js";
import { percent, spread } from "./markdown.js";
import { exportedReference, ranSteps } from "./rows.js";

const PAGE = "docs/validation-time.md";

const milliseconds = (seconds: number) => `${Number((seconds * 1000).toPrecision(4))} ms`;
const meanOf = (errors: readonly number[]) =>
  percent(errors.reduce((a, b) => a + Math.abs(b), 0) / errors.length);

/** The compiler's estimate of a published run's step, where one like it was compiled; of our own program, if of both. */
function compilersEstimate({ checked }: ComparedRun, steps: readonly ComparedStep[]): number | undefined {
  const same = ["model", "hardware", "batchPerDevice", "activations", "remat"] as const;
  const alike = steps.filter(
    ({ seconds, checked: it }) => seconds !== undefined && same.every((what) => it[what] === checked[what]),
  );
  return (alike.find(({ step }) => step.source === "willfit") ?? alike[0])?.seconds;
}

/** Step times that were measured, and no bounds: what the errors are counted over. */
const isMeasured = ({ recipe }: ComparedRun) =>
  recipe.time !== undefined && !recipe.time.isUpperBound && recipe.name !== WHOLE_RUN_ONLY;

/** published.csv has this one as hours of a run, of which nothing says what is in them, and not as a step. */
const WHOLE_RUN_ONLY = "mixer-b16-v3-128";

function publishedTable(runs: readonly ComparedRun[], steps: readonly ComparedStep[]): string {
  return table(
    [
      "recipe",
      "published",
      "willfit",
      "error",
      "its family left out",
      "XLA's estimate",
      "error",
      "constants fitted to it",
    ],
    runs.map((run) => {
      const { recipe, published, predicted, error, predictedWithoutFamily, fitted } = run;
      const xla = compilersEstimate(run, steps);
      return [
        recipe.name,
        `${recipe.time?.isUpperBound ? "≤ " : ""}${milliseconds(published)}`,
        milliseconds(predicted),
        formatDifference(error),
        formatDifference(predictedWithoutFamily / published - 1),
        xla === undefined ? "" : milliseconds(xla),
        xla === undefined ? "" : formatDifference(xla / published - 1),
        fitted.map(({ constant }) => constant).join(", "),
      ];
    }),
  );
}

function publishedSummary(runs: readonly ComparedRun[], steps: readonly ComparedStep[]): string {
  const measured = runs.filter(isMeasured);
  const row = (name: string, rows: readonly ComparedRun[], errorOf: (run: ComparedRun) => number) => {
    const errors = rows.map(errorOf);
    const worst = percent(Math.max(...errors.map(Math.abs)));
    return [name, rows.length, meanOf(errors), worst];
  };
  const own = ({ error }: ComparedRun) => error;
  const compiled = measured.filter((run) => compilersEstimate(run, steps) !== undefined);
  return table(
    ["measured step times", "rows", "mean absolute error", "worst"],
    [
      row("**willfit**", measured, own),
      row(
        "willfit, rows that no constant was fitted to",
        measured.filter(({ fitted }) => fitted.length === 0),
        own,
      ),
      row("willfit, each family left out of the fit", measured, ({ predictedWithoutFamily, published }) => {
        return predictedWithoutFamily / published - 1;
      }),
      row("XLA's own estimate", compiled, (run) => compilersEstimate(run, steps)! / run.published - 1),
    ],
  );
}

/** Examples a second of a v4 chip by those of a v3 chip, which is two cores, both with what a v3 core is given. */
function v4AgainstV3(model: string): string {
  const perChip = (hardware: string, devicesPerChip: number) => {
    const query = { model, modelOptions: {}, hardware, globalBatch: 1024, plan: {} };
    const { examplesPerSecond } = predict({ ...query, plan: { devices: 8 } }).time;
    return (examplesPerSecond / 8) * devicesPerChip;
  };
  return (perChip("tpu-v4x4", 1) / perChip("tpu-v3-8", 2)).toFixed(2);
}

/** What the papers say beside their step times. */
function headlines(runs: readonly ComparedRun[]): string {
  const secondsOf = (name: string) => runs.find(({ recipe }) => recipe.name === name)!.predicted;
  const hours = (name: string) => {
    const { recipe, predicted } = runs.find((run) => run.recipe.name === name)!;
    return `${((predicted * recipe.steps) / SECONDS_PER_HOUR).toFixed(1)} h`;
  };
  const ratio = secondsOf("efficientnet-b7-b32") / secondsOf("botnet-t7-b32");
  return table(
    ["what is published", "willfit"],
    [
      ["ViT-S/16, 90 epochs on a v3-8: 6 h 30 min", hours("vit-s16-90ep")],
      ["ViT-S/16, 300 epochs: less than a day", hours("vit-s16-300ep")],
      [
        "SigLiT B/8 with L*, 32k on four v4 chips: at most 1.33 s a step",
        milliseconds(secondsOf("siglit-b8-lstar")),
      ],
      [
        "BoTNet-T7 against EfficientNet-B7: up to 1.64 times as fast; 1.74 by the two rows above",
        ratio.toFixed(2),
      ],
      [
        "A v4 chip against a v3 chip: 2.1 times as fast over Google's workloads (arXiv 2304.01433)",
        `ResNet-50 ${v4AgainstV3("resnet50")}, ViT-S/16 ${v4AgainstV3("vit-s16")}, BoTNet-T7 ${v4AgainstV3("botnet-t7")}: as the compiler's estimates have it (ResNet-50 1.31)`,
      ],
    ],
  );
}

function compilerSummary(steps: readonly ComparedStep[]): string {
  const row = (name: string, accepts: (step: ComparedStep) => boolean) => {
    const errors = steps.filter(accepts).flatMap(({ checked }) => checked.time ?? []);
    return [name, errors.length, ...spread(errors)];
  };
  const families = [...new Set(steps.map(({ checked }) => checked.family))].sort();
  return table(
    ["steps", "that fit", "median error", "90th percentile", "worst"],
    [
      row("**all**", () => true),
      row("JAX's programs: nothing was fitted to them", ({ step }) => step.source === "jax"),
      row(
        "willfit's programs: the constants were fitted to their fusions",
        ({ step }) => step.source === "willfit",
      ),
      row("on v3", ({ checked }) => checked.hardware === "tpu-v3-8"),
      row("on v4", ({ checked }) => checked.hardware === "tpu-v4x4"),
      ...families.map((family) => row(family, ({ checked }) => checked.family === family)),
    ],
  );
}

const productKinds = [
  { kind: "dots", is: (name: string) => name.endsWith("/dotGeneral") },
  { kind: "convolutions", is: (name: string) => name.endsWith("/convolution") },
  { kind: "their input gradients", is: (name: string) => name.endsWith("/convolutionInputGradient") },
  { kind: "their kernel gradients", is: (name: string) => name.endsWith("/convolutionKernelGradient") },
] as const;

function productTable(steps: readonly ComparedStep[]): string {
  const products = comparedProducts(steps);
  const machines = [...new Set(products.map(({ hardware }) => hardware))].sort();
  const cells = (name: string, accepts: (product: ProductComparison) => boolean) => [
    name,
    ...machines.flatMap((machine) => {
      const of = products
        .filter((it) => it.hardware === machine && accepts(it.product))
        .map((it) => it.product);
      return [of.reduce((total, { count }) => total + count, 0), percent(medianProductError(of))];
    }),
  ];
  return table(
    ["fusions around", ...machines.flatMap((machine) => [machine, "median error"])],
    [
      cells("**all**", () => true),
      ...productKinds.map(({ kind, is }) => cells(kind, ({ name }) => is(name))),
    ],
  );
}

function stepTable(steps: readonly ComparedStep[]): string {
  return table(
    ["program", "model", "options", "hardware", "batch", "XLA", "error"],
    steps.flatMap(({ step, seconds, checked }) =>
      seconds === undefined
        ? []
        : [
            [
              step.source,
              step.query.model,
              step.options.replaceAll("--", ""),
              step.query.hardware,
              step.query.globalBatch,
              milliseconds(seconds),
              formatDifference(checked.time ?? Number.NaN),
            ],
          ],
    ),
  );
}

/** Errors of the rows that nothing was fitted to, by machine, with the constants as assumed and as they are now. */
function ranSummary(ran: readonly ComparedRanStep[]): string {
  const validation = ran.filter(({ ran: { role } }) => role === "validation");
  const machines = [...new Set(validation.map(({ ran: { hardware } }) => hardware))].sort();
  const rows = machines.flatMap((machine) => {
    const of = validation.filter(({ ran: { hardware } }) => hardware === machine);
    const errors = (seconds: (step: ComparedRanStep) => number) =>
      of.map((step) => seconds(step) / step.ran.stepSeconds - 1);
    return [
      [machine, "as assumed", of.length, ...spread(errors(({ unfittedSeconds }) => unfittedSeconds))],
      [machine, "corrected", of.length, ...spread(errors(({ prediction: { time } }) => time.stepSeconds))],
    ];
  });
  return table(["machine", "constants", "steps", "median error", "90th percentile", "worst"], rows);
}

function ranTable(ran: readonly ComparedRanStep[]): string {
  return table(
    [
      "model",
      "machine",
      "batch",
      "step",
      "as assumed",
      "error",
      "predicted",
      "error",
      "peak",
      "predicted",
      "error",
    ],
    ran.map(({ ran: step, prediction: { time, memory }, unfittedSeconds, checked }) => [
      step.model,
      step.hardware,
      step.globalBatch,
      milliseconds(step.stepSeconds),
      milliseconds(unfittedSeconds),
      formatDifference(unfittedSeconds / step.stepSeconds - 1),
      milliseconds(time.stepSeconds),
      formatDifference(time.stepSeconds / step.stepSeconds - 1),
      formatBytes(step.peakBytes),
      formatBytes(memory.peakBytes),
      formatDifference(checked.memory!),
    ]),
  );
}

function page(
  runs: readonly ComparedRun[],
  steps: readonly ComparedStep[],
  ran: readonly ComparedRanStep[],
  date: string,
): string {
  const { compiler, compiled } = exportedReference();
  const versions = Object.entries(compiler).map(([name, version]) => `${name} ${version}`);
  const sessions = ranSteps()
    .map(({ with: { device }, measured }) => `${device}, ${measured}`)
    .join("; ");
  const sections = [
    "# Time, against published runs and the TPU compiler",
    `Made by \`npm run validate:time -- --write\` on ${date}; the compiler's side: ${versions.join(", ")}, ahead of time, ${compiled}.`,
    "## Published runs",
    publishedSummary(runs, steps),
    `The model's constants come from the compiler's estimates of single fusions (below), not from these rows. Four were put in
their place where real runs showed them to be off, or where the compiler estimates nothing: what a tap of a depthwise
convolution takes (two layouts), what a collective waits, and what a looked-up row takes. The last column says which row each was
fitted to; “its family left out” is the prediction with none of those in force that were fitted to a row of the same family.
That is also the error of a fitted row that the confidence of predictions is taken from.
XLA's estimate is the sum of its cycles for the same step by the clock; it has no collectives, reshapes, gathers or sorts.`,
    publishedTable(runs, steps),
    `The BoTNet paper's times are taken to be of f32 activations. It does not say; but in f32 the compiler's own estimate of
SE-ResNet-50 is 64.8 ms where 64.3 were measured, and in bf16 50.5. SigLIP's run is taken to recompute its blocks: without, the
compiler refuses 1,024 pairs a chip. Of Mixer's run only hours are published, and it is not counted; bounds are not either.`,
    "## Steps run on a GPU",
    `The programs that \`willfit export\` prints, run on one device (${sessions}; test/reference/gpu-steps.py). GPU profiles are
data sheets, assumptions and the TPU compiler's ways. As assumed, times came out a quarter to a half too short; \`willfit calibrate
--from\` corrected nvidia-h200 by four of its steps, and nvidia-h100 has the same factors and was fitted to nothing of its own.
The rows of nvidia-h200 from mixer-s16 on were run after all of this was settled. Memory was not corrected: transformers need twice
what is predicted.`,
    "Steps that nothing was fitted to:",
    ranSummary(ran),
    ranTable(ran.filter(({ ran: { role } }) => role === "validation")),
    "The four that nvidia-h200 was fitted to; their errors are no evidence:",
    ranTable(ran.filter(({ ran: { role } }) => role === "fitted")),
    "## What the papers say",
    headlines(runs),
    "## Whole steps, against the compiler",
    `Without what the compiler does not estimate: collectives, reshapes, gathers, scatters, sorts and select-and-scatter.
*JAX's programs* are the same networks, written independently in JAX; *willfit's programs* are what \`willfit export\` prints.`,
    compilerSummary(steps),
    "## Single fusions, against the compiler",
    `Dots and convolutions with all that is fused to them; half of the compiler's time in them is of fusions with a smaller error.`,
    productTable(steps),
    "## Every step",
    stepTable(steps),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Errors to a hundredth of a percent, one checked step a line. */
function formatErrors(checked: readonly CheckedStep[]): string {
  const rounded = (error: number | null) => (error === null ? null : Number(error.toFixed(4)));
  const lines = checked.map((it) =>
    JSON.stringify({ ...it, memory: rounded(it.memory), time: rounded(it.time) }),
  );
  return `[\n  ${lines.join(",\n  ")}\n]\n`;
}

const steps = compareSteps();
const runs = compareRuns();
const ran = compareRanSteps();
const text = page(runs, steps, ran, new Date().toISOString().slice(0, 10));
process.stdout.write(text);
if (process.argv.includes("--write")) {
  writeWhole(packagePath(PAGE), text);
  writeWhole(
    errorsPath(),
    formatErrors([...runs.filter(isMeasured), ...ran, ...steps].map(({ checked }) => checked)),
  );
}
