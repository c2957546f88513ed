/** @file `willfit batches MODEL --on MACHINES`: a study of batch sizes. */
import { type Command, Option } from "commander";
import type { BatchesQuestion, BatchRow } from "../../sim/batches.js";
import { batchStudies } from "../recipes/batchStudy.js";
import type { ContrastiveLoss } from "../transforms/plan.js";
import { type Asked, formatCount, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { interruptible } from "./interruption.js";
import { hardwareListOption, listOption, requireHardware } from "./listOptions.js";
import {
  type AsOption,
  addModelOptions,
  BATCH,
  modelOptionsFrom,
  planFrom,
  singleOption,
  withDefault,
} from "./planOptions.js";
import { showProgress } from "./progress.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit batches siglip-b16 --on tpu-v4x4",
    "willfit batches siglip-b16 --on tpu-v4x4,tpu-v3-8 --loss sigmoid --to 32k",
    "willfit batches vit-b16 --on tpu-v3-8 --from 1k --to 16k --examples 300e6 --csv",
  ],
  about: `
For each batch the first plan that fits on the machine itself: as asked, with block rematerialisation, with that and 8
microbatches; and, where none does, the fewest chips of the kind on which one fits. Beside it what the loss alone takes, how
long a step is and how long a run of --examples, and the accuracy that the model's paper reports for that batch.

The examples of a run are 9 billion for SigLIP, as in its paper's study of batch sizes (arXiv 2303.15343).

--json: { model, modelOptions, examples, rows: [{ hardware, loss, globalBatch, lossBytes, fitsSlice, setup: { rung, devices,
chips, prediction, runSeconds } | null, accuracyPercent | null }] }, with predictions as \`willfit predict --json\` prints them.
`,
  statuses: { 130: STOPPED },
  readOn: `README.md, "Is a 32k batch worth it?"; \`willfit sweep\`, other choices than the batch.`,
};

const EXAMPLES: Asked = {
  name: "--examples",
  of: "a number of examples",
  like: "9e9, 9,000,000,000 or 512M (M = 1024²)",
};

/** `9e9`, or a count as batches are written. */
function parseExamples(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?e\d+$/i.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  return parseCount(text, EXAMPLES);
}

/** Two towers are compared with each of these unless --loss says otherwise: the two of SigLIP's paper. */
const defaultLosses: readonly ContrastiveLoss[] = ["sigmoid", "softmax"];

/** The paper's smallest and largest batch. */
const [SMALLEST, LARGEST] = [512, 1024 * 1024];

interface BatchesFlags {
  readonly on?: readonly string[];
  readonly loss?: readonly ContrastiveLoss[];
  readonly from: number;
  readonly to: number;
  readonly examples?: number;
  readonly csv?: boolean;
  readonly json?: boolean;
  /** Of plan and model. */
  readonly [option: string]: unknown;
}

/** Several losses, and one of everything else. */
const lossesOption: AsOption = (value) => {
  if (value.name !== "loss") return singleOption(value);
  const words = withDefault(value.words, `${defaultLosses.join(",")}, where there are two towers`);
  return listOption({ ...value, words });
};

function addOptions(command: Command): Command {
  const count = (flag: string, words: string, value: number) =>
    new Option(`${flag} <examples>`, words)
      .default(value, formatCount(value))
      .argParser((text) => parseCount(text, { ...BATCH, name: flag }));
  command
    .argument("[model]", "a model of `willfit models`")
    .addOption(hardwareListOption())
    .addOption(count("--from", "the smallest batch; powers of two follow", SMALLEST))
    .addOption(count("--to", "the largest batch", LARGEST))
    .addOption(
      new Option(
        "--examples <n>",
        "examples that a run sees, such as 9e9 (default: those of the study of the model's paper)",
      ).argParser(parseExamples),
    )
    .option("--csv", "a line for each row, in bytes and seconds")
    .option("--json", "one JSON object, in bytes and seconds, for programs");
  return addModelOptions(command, lossesOption);
}

/** Why there is no batch between two. */
function noBatchWords({ from, to }: Pick<BatchesFlags, "from" | "to">): string {
  if (from > to) return `--from ${from} --to ${to}: the smallest batch is more than the largest`;
  const below = 2 ** Math.floor(Math.log2(from));
  return `--from ${from} --to ${to}: there is no power of two between them; ${below} and ${2 * below} are nearest`;
}

/** @throws UserError when model, machines or batches are missing */
async function questionFrom(model: string | undefined, flags: BatchesFlags): Promise<BatchesQuestion> {
  if (model === undefined) throw new UserError("the model is missing: say a name of `willfit models`");
  if (flags.csv && flags.json) throw new UserError("--csv and --json: one of them at a time");
  const hardware = requireHardware(flags.on);
  const { studiedBatches } = await import("../../sim/batches.js");
  const batches = studiedBatches(model, flags.from, flags.to);
  if (batches.length === 0) throw new UserError(noBatchWords(flags));
  const examples = flags.examples ?? batchStudies[model]?.examples;
  const losses = flags.loss ?? defaultLosses;
  return {
    model,
    modelOptions: modelOptionsFrom(flags),
    hardware,
    plan: planFrom(flags),
    losses,
    batches,
    ...(examples !== undefined && { examples }),
  };
}

async function rowsOf(question: BatchesQuestion): Promise<readonly BatchRow[]> {
  const { batchStudy, lossesOf } = await import("../../sim/batches.js");
  const total = question.hardware.length * lossesOf(question).length * question.batches.length;
  const progress = await showProgress(total, "rows");
  try {
    return await interruptible(async (signal) => {
      const rows: BatchRow[] = [];
      for (const row of batchStudy(question)) {
        rows.push(row);
        progress.advance(1);
        // Lets Ctrl-C through.
        await new Promise<void>((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
      }
      return rows;
    });
  } finally {
    progress.stop();
  }
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  addOptions(command).action(async (model: string | undefined, flags: BatchesFlags) => {
    const question = await questionFrom(model, flags);
    const rows = await rowsOf(question);
    const { modelOptions, examples: seen = null } = question;
    if (flags.json) return printJson(terminal, { model, modelOptions, examples: seen, rows });
    const { batchesCsv, batchesText } = await import("./batchesText.js");
    terminal.print(flags.csv ? batchesCsv(rows, question) : batchesText(rows, question, terminal));
  });
}
