/**
 * @file `npm run validate:memory`: predicted memory beside what the TPU compiler allocates, as a page of Markdown.
 */
import { markdownTable as table } from "../../src/markdownTable.js";
import { packagePath } from "../../src/packagePath.js";
import { formatDifference } from "../../src/units/quantity.js";
import { writeWhole } from "../../src/writeWhole.js";
import { largestBatches } from "../limits.js";
import { type MemoryReport, memoryReport } from "../memoryReport.js";
import { predict } from "../predict.js";
import type { Verdict } from "../prediction.js";
import type { Query } from "../query.js";
import { simulatedStep } from "../simulatedStep.js";
import { compileSteps } from "./compileSteps.js";
import { spread } from "./markdown.js";
import {
  type CompiledStep,
  type CompilerLimit,
  exportedReference,
  exportedSteps,
  jaxSteps,
  parseOptions,
} from "./rows.js";

const PAGE = "docs/validation-memory.md";

interface Comparison extends CompiledStep {
  readonly ourVerdict: Verdict;
  readonly ourPeakBytes: number;
  /** Of the peak; of the need, where the compiler refuses. */
  readonly error: number;
}

function compare(step: CompiledStep): Comparison {
  const { memory } = predict(step.query);
  const error = memory.peakBytes / step.peakBytes - 1;
  return { ...step, ourVerdict: memory.verdict, ourPeakBytes: memory.peakBytes, error };
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2);

const isRight = ({ verdict, ourVerdict }: Comparison) => verdict === ourVerdict;

function summaryRow(name: string, steps: readonly Comparison[]): readonly (string | number)[] {
  const errors = steps.filter(({ verdict }) => verdict !== "does-not-fit").map(({ error }) => error);
  return [name, errors.length, ...spread(errors), `${steps.filter(isRight).length} of ${steps.length}`];
}

function summary(steps: readonly Comparison[]): string {
  const having = (tuned: boolean, source: CompiledStep["source"]) =>
    steps.filter((step) => step.tuned === tuned && step.source === source);
  return table(
    ["steps", "that fit", "median error", "90th percentile", "worst", "verdict right"],
    [
      summaryRow("**all**", steps),
      summaryRow("willfit's programs, not looked at", having(false, "willfit")),
      summaryRow("JAX's programs, not looked at", having(false, "jax")),
      summaryRow("willfit's programs, looked at", having(true, "willfit")),
      summaryRow("JAX's programs, looked at", having(true, "jax")),
    ],
  );
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "refused",
};

function stepTable(steps: readonly Comparison[]): string {
  return table(
    ["model", "options", "hardware", "batch", "compiler", "willfit", "GiB", "willfit", "error", "looked at"],
    steps.map((step) => [
      step.query.model,
      step.options.replaceAll("--", ""),
      step.query.hardware,
      step.query.globalBatch,
      verdictWords[step.verdict],
      isRight(step) ? verdictWords[step.ourVerdict] : `**${verdictWords[step.ourVerdict]}**`,
      gib(step.peakBytes),
      gib(step.ourPeakBytes),
      formatDifference(step.error),
      step.tuned ? "yes" : "",
    ]),
  );
}

/** How far outside of what the compiler leaves open a predicted limit is. */
function limitError(predicted: number, { isSo, isNot }: CompilerLimit): number {
  if (predicted < isSo) return predicted / isSo - 1;
  return predicted >= isNot ? predicted / isNot - 1 : 0;
}

function limitTable(limits: readonly CompilerLimit[]): string {
  return table(
    ["model", "options", "hardware", "largest batch", "compiler, between", "willfit", "off by"],
    limits.map((limit) => {
      const { model, options, hardware, kind, isSo, isNot } = limit;
      const query: Query = { model, hardware, globalBatch: isSo, ...parseOptions(options) };
      const found = largestBatches(query);
      const predicted =
        kind === "with recomputation" ? found.largestBatch : found.largestBatchWithoutRecompute;
      const words = `${isSo} and ${isNot}`;
      return [
        model,
        options.replaceAll("--", ""),
        hardware,
        kind,
        words,
        predicted,
        formatDifference(limitError(predicted, limit)),
      ];
    }),
  );
}

/** What the papers say of memory, with the plan that they say it of. */
const published: readonly { readonly claim: string; readonly query: Query }[] = [
  {
    claim: "ViT-g/14, 29,593 classes, 32 images a v3 core, Adafactor: fits (big_vision, train_vit_g.py)",
    query: {
      model: "vit-g14",
      hardware: "tpu-v3-8",
      globalBatch: 256,
      ...parseOptions("--optimizer adafactor --momentum-dtype bf16 --pool map --classes 29593"),
    },
  },
  {
    claim: "ViT-G/14 on every v3 core, f32 Adam: does not fit (arXiv 2106.04560, section 3.4)",
    query: {
      model: "vit-G14",
      hardware: "tpu-v3-8",
      globalBatch: 8,
      ...parseOptions("--optimizer adamw --remat block"),
    },
  },
  {
    claim: "ViT-G/14 on every v3 core, Adafactor: fits (the same)",
    query: {
      model: "vit-G14",
      hardware: "tpu-v3-8",
      globalBatch: 8,
      ...parseOptions("--optimizer adafactor --momentum-dtype bf16 --remat block"),
    },
  },
  ...(["sigmoid", "softmax"] as const).flatMap((loss) =>
    [2048, 4096].map((globalBatch) => ({
      claim: `SigLIP B/16, ${loss}, ${globalBatch} on four v4 chips, Adafactor: ${
        loss === "softmax" && globalBatch === 4096 ? "does not fit" : "fits"
      } (arXiv 2303.15343, section 4.2)`,
      query: {
        model: "siglip-b16",
        hardware: "tpu-v4x4",
        globalBatch,
        ...parseOptions(`--optimizer adafactor --momentum-dtype bf16 --loss ${loss} --remat block`),
      },
    })),
  ),
];

function publishedTable(): string {
  return table(
    ["what is published", "willfit", "GiB a device", "capacity"],
    published.map(({ claim, query }) => {
      const { memory } = predict(query);
      return [claim, verdictWords[memory.verdict], gib(memory.peakBytes), gib(memory.capacityBytes)];
    }),
  );
}

const PAIRS_A_CHIP = 1024;
const CHIPS = [4, 16, 64, 256, 512, 1024];

/** What the two losses take as the chips become more and each chip's share of the batch stays. */
function lossTable(): string {
  const report = (loss: string, chips: number) =>
    memoryReport(
      simulatedStep({
        model: "siglip-b16",
        hardware: "tpu-v4x4",
        globalBatch: chips * PAIRS_A_CHIP,
        ...parseOptions(
          `--optimizer adafactor --momentum-dtype bf16 --loss ${loss} --remat block --devices ${chips}`,
        ),
      }),
    );
  const place = ({ peak }: MemoryReport) => (peak.place.includes("loss") ? "in the loss" : "in the towers");
  return table(
    ["chips", "batch", "sigmoid's own", "softmax's own", "whole step, sigmoid", "worst", "softmax", "worst"],
    CHIPS.map((chips) => {
      const [sigmoid, softmax] = [report("sigmoid", chips), report("softmax", chips)];
      const own = [sigmoid, softmax].map(({ lossBytes }) => gib(lossBytes));
      const whole = [sigmoid, softmax].flatMap((found) => [gib(found.peak.bytes), place(found)]);
      return [chips, chips * PAIRS_A_CHIP, ...own, ...whole];
    }),
  );
}

function page(date: string): string {
  const reference = exportedReference();
  const steps = [...jaxSteps(), ...exportedSteps(reference)].map(compare);
  const versions = Object.entries(reference.compiler).map(([name, version]) => `${name} ${version}`);
  const sections = [
    "# Memory, against the TPU compiler",
    `Made by \`npm run validate:memory -- --write\` on ${date}; the compiler's side: ${versions.join(", ")}, ahead of time, ${reference.compiled}.
Peak bytes a device as the compiler reports them (\`peak_memory_in_bytes\`), GiB. *JAX's programs* are the same networks, written
independently in JAX; *willfit's programs* are what \`willfit export\` prints. Rows that were looked at while the passes were
written are marked: their instructions, or the log of their recomputation, were read, or a rule was chosen by what they were off.
A refused step's figure is what the compiler says it would need after all that it recomputes; errors there are not in the summary.`,
    summary(steps),
    `EfficientNet's largest errors are of its images after the swish, where the batch lies in lanes: the compiler writes them of the
JAX programs, and of willfit's own on v4, but not of willfit's own on v3, whose batch normalisation is written in another way (one
multiplication and one addition; with flax's, which centres first, it does). The simulator writes them always. (BoTNet-T7, BoTNet-T4 and
SE-ResNet with block rematerialisation, and EfficientNet-B7 on v4 were compiled before squeezes were summed in f32, which changed the
others by at most 0.1 %.)`,
    "## Largest batches",
    "The compiler was bisected: it is so for the first batch and not so for the second.",
    limitTable(reference.limits),
    "## What the papers say",
    publishedTable(),
    `One of these comes out differently: softmax at 4,096 fits here, as it does in today's compiler. With block rematerialisation
the towers dominate, and both losses need the same; what the paper is about is the loss's own memory, below. ViT-G/14 fits with
Adafactor only because the compiler shards its update over the eight cores (arXiv 2004.13336): each keeps an eighth of the summed
gradients (6.9 GiB in f32), which a clip to a global norm needs all at once. It does not do so for Adam.`,
    "## The loss's own memory",
    `SigLIP B/16 on v4 chips, ${PAIRS_A_CHIP} pairs each, block rematerialisation, GiB a chip: what the loss computes takes at most
this at once, and where the step's worst moment is. Softmax compares a chip's pairs with all others at once, the chunked sigmoid
with one chip's at a time, of which it keeps the embeddings. On four chips neither ever decides: the towers are full before.`,
    lossTable(),
    "## Every step",
    stepTable(steps),
  ];
  return `${sections.join("\n\n")}\n`;
}

if (process.argv.includes("--compile")) await compileSteps();
const text = page(new Date().toISOString().slice(0, 10));
process.stdout.write(text);
if (process.argv.includes("--write")) writeWhole(packagePath(PAGE), text);
