/** @file `willfit sweep MODELS --on MACHINES --batch BATCHES …`: every combination, predicted. */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { isProfilePath, loadHardware } from "../../sim/hardware.js";
import type { Sweep, SweepQuestion, SweepRow } from "../../sim/sweep.js";
import type { TaskOutcome } from "../../sim/sweepTask.js";
import { formatCount, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { writeWhole } from "../writeWhole.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { interruptible } from "./interruption.js";
import { type Journal, withJournal } from "./journal.js";
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

const help: HelpPage = {
  examples: [
    "willfit sweep vit-s16,vit-b16 --on tpu-v3-8 --batch 1k,2k,4k --remat none,block",
    "willfit sweep resnet50 --on tpu-v3-8,tpu-v4x4 --batch 1k,2k --activations bf16,f32 --csv",
    "willfit sweep vit-b16 --on tpu-v4x4 --batch 4k --remat none,attention+mlp,block --output sweep.csv",
  ],
  about: `
Every option of plan and model takes several values with commas between them. Rows come by model, its options, machine, plan
and batch, in the order given; the plan's last option varies fastest. Combinations that cannot be are left out and counted.

pareto: the row fits, and no other row of that model (with its options) and machine that fits has at least as many examples a
second and at most its peak memory, one of them better.

With --output what is done is kept in FILE.partial until FILE is written: the same command goes on from there.
`,
  statuses: { 130: STOPPED },
  readOn: `docs/questions.md, "Which of these?"; \`willfit predict\`, one of them in full.`,
};

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

/** Predicts the rows, and writes them where they are to be. */
async function answer(
  question: SweepQuestion,
  { output, threads, format }: Pick<SweepFlags, "output" | "threads"> & { readonly format: RowsFormat },
  terminal: Terminal,
  journal: Journal<TaskOutcome> | undefined,
): Promise<void> {
  if (journal && journal.known.size > 0) {
    const { sweepTasks } = await import("../../sim/sweep.js");
    const configurations = (count: number) => formatCount(count * question.batches.length);
    const all = configurations(sweepTasks(question).length);
    const done = `${configurations(journal.known.size)} of ${all} configurations`;
    terminal.note(`going on from ${journal.path}: ${done} are done`);
  }
  const { rows, leftOut } = await runSweep(question, threads, journal);
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

async function run(models: string | undefined, flags: SweepFlags, terminal: Terminal): Promise<void> {
  const format = rowsFormatOf(flags);
  const question = questionFrom(models, flags);
  const { sweepTasks } = await import("../../sim/sweep.js");
  // Before a journal is begun: an unknown name leaves no trace.
  sweepTasks(question);
  // Of a file that has changed since, what is done says nothing any more.
  const own = question.hardware.filter(isProfilePath).map(loadHardware);
  const asked = { willfit: packageVersion(), sweep: question, ...(own.length > 0 && { machines: own }) };
  await withJournal<TaskOutcome, void>(flags.output, asked, terminal, (journal) =>
    answer(question, { ...flags, format }, terminal, journal),
  );
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .argument("[models,…]", "models of `willfit models`, with commas between them")
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
  addModelOptions(command, listOption).action((models: string | undefined, flags: SweepFlags) =>
    run(models, flags, terminal),
  );
}
