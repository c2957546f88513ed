/** @file `willfit sweep MODELS --on MACHINES --batch BATCHES …`: every combination, predicted. */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import type { Sweep, SweepQuestion, SweepRow } from "../../sim/sweep.js";
import type { TaskOutcome } from "../../sim/sweepTask.js";
import { formatCount, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { writeWhole } from "../writeWhole.js";
import { Interrupted, interruptible } from "./interruption.js";
import { type Journal, journalPath, openJournal } from "./journal.js";
import {
  batchListOption,
  checkConfigurations,
  hardwareListOption,
  type ListFlags,
  listOption,
  modelOptionLists,
  planLists,
  requireHardware,
  splitList,
} from "./listOptions.js";
import { addModelOptions, BATCH } from "./planOptions.js";
import { showProgress } from "./progress.js";
import { type RowsFormat, rowsFormatOf } from "./rowsFormat.js";
import type { Terminal } from "./terminal.js";
import { packageVersion } from "./version.js";

const examples = `
  willfit sweep vit-s16,vit-b16 --on tpu-v3-8 --batch 1k,2k,4k --remat none,block
  willfit sweep resnet50 --on tpu-v3-8,tpu-v4x4 --batch 1k,2k --activations bf16,f32 --csv
  willfit sweep vit-b16 --on tpu-v4x4 --batch 4k --remat none,attention+mlp,block --output sweep.csv

Every option of plan and model takes several values with commas between them. Rows come by model, its options, machine, plan
and batch, in the order given; the plan's last option varies fastest. Combinations that cannot be are left out and counted.

pareto: the row fits, and no other row of that model (with its options) and machine that fits has at least as many examples a
second and at most its peak memory, one of them better.

With --output what is done is kept in FILE.partial until FILE is written: the same command goes on from there.
`;

interface SweepFlags extends ListFlags {
  readonly on?: readonly string[];
  readonly batch?: readonly number[];
  readonly output?: string;
  readonly threads: number;
}

/** @throws UserError when models, machines or batches are missing */
function questionFrom(models: string | undefined, flags: SweepFlags): SweepQuestion {
  if (models === undefined)
    throw new UserError("the models are missing: say names of `willfit models` with commas between them");
  const hardware = requireHardware(flags.on);
  if (!flags.batch)
    throw new UserError(`--batch is missing: say how many examples a step, such as ${BATCH.like}`);
  const question: SweepQuestion = {
    models: splitList("models", models),
    modelOptions: modelOptionLists(flags),
    hardware,
    plans: planLists(flags),
    batches: flags.batch,
  };
  checkConfigurations(Object.values(question).map(({ length }) => length));
  return question;
}

async function textOf(rows: readonly SweepRow[], format: RowsFormat, terminal: Terminal): Promise<string> {
  const { sweepCsv, sweepJson, sweepMarkdown, sweepText } = await import("./sweepText.js");
  const texts: Readonly<Record<RowsFormat, () => string>> = {
    table: () => sweepText(rows, terminal),
    csv: () => sweepCsv(rows),
    json: () => sweepJson(rows),
    markdown: () => sweepMarkdown(rows),
  };
  return texts[format]();
}

/** Runs the sweep, keeping what is done in the journal if there is one. */
async function runSweep(
  question: SweepQuestion,
  threads: number,
  journal: Journal<TaskOutcome> | undefined,
): Promise<Sweep> {
  const { sweep, sweepTasks } = await import("../../sim/sweep.js");
  const { onThreads } = await import("../../sim/sweepWorkers.js");
  const { batches } = question;
  const tasks = sweepTasks(question).length;
  const known = journal?.known ?? new Map<number, TaskOutcome>();
  const progress = await showProgress(tasks * batches.length, "configurations", known.size * batches.length);
  try {
    return await interruptible((signal) =>
      sweep(question, {
        run: onThreads(threads),
        known,
        signal,
        onTask: (index, outcome) => {
          journal?.append(index, outcome);
          progress.advance(batches.length);
        },
      }),
    );
  } finally {
    progress.stop();
  }
}

async function answer(models: string | undefined, flags: SweepFlags, terminal: Terminal): Promise<void> {
  const format = rowsFormatOf(flags);
  const question = questionFrom(models, flags);
  const { output } = flags;
  const { sweepTasks } = await import("../../sim/sweep.js");
  // Before a journal is begun: an unknown name leaves no trace.
  const tasks = sweepTasks(question);
  const path = output === undefined ? undefined : journalPath(output);
  const journal =
    path === undefined
      ? undefined
      : openJournal<TaskOutcome>(path, { willfit: packageVersion(), sweep: question });
  const configurations = (count: number) => formatCount(count * question.batches.length);
  if (journal && journal.known.size > 0) {
    const done = `${configurations(journal.known.size)} of ${configurations(tasks.length)} configurations`;
    terminal.note(`going on from ${path}: ${done} are done`);
  }
  const { rows, leftOut } = await runSweep(question, flags.threads, journal).catch((error: unknown) => {
    if (error instanceof Interrupted && path !== undefined)
      terminal.note(`stopped; what is done is kept in ${path}, and the same command goes on from there`);
    throw error;
  });
  if (rows.length === 0) {
    journal?.remove();
    throw new UserError(`nothing can be predicted: ${leftOut.reason ?? "nothing is asked"}`);
  }
  const text = await textOf(rows, format, terminal);
  if (output === undefined) terminal.print(text);
  else {
    writeWhole(output, `${text}\n`);
    terminal.note(`${output}: ${formatCount(rows.length)} rows`);
  }
  if (leftOut.count > 0) terminal.note(`${formatCount(leftOut.count)} left out: ${leftOut.reason}`);
  journal?.remove();
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument("[models]", "models of `willfit models`, with commas between them")
    .addOption(hardwareListOption())
    .addOption(batchListOption())
    .option("--csv", "a line for each row, in bytes and seconds")
    .option("--json", "an array of predictions as `willfit predict --json` has them, each with `pareto`")
    .option("--markdown", "a table in Markdown")
    .option("-o, --output <file>", "where to write it, whole (default: standard output)")
    .addOption(
      new Option("--threads <n>", "worker threads")
        .default(availableParallelism(), "as many as the computer runs at once")
        .argParser((text) => parseCount(text, { name: "--threads", of: "a whole number", like: "1 or 8" })),
    );
  addModelOptions(command, listOption)
    .addHelpText("before", examples)
    .action((models: string | undefined, flags: SweepFlags) => answer(models, flags, terminal));
}
