/** @file `willfit experiment NAME`: a finding of the papers tried here, with small models and several seeds. */
import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { ExperimentQuestion, ExperimentResult } from "../../train/runExperiment.js";
import { formatAccuracy, formatCount, parseCount } from "../units/quantity.js";
import { writeWhole } from "../writeWhole.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { interruptible } from "./interruption.js";
import { type Journal, withJournal } from "./journal.js";
import { showProgress } from "./progress.js";
import { table } from "./table.js";
import { printJson, type Terminal } from "./terminal.js";
import { loadTrainingData } from "./trainingData.js";
import { trainingOn } from "./trainWords.js";
import { packageVersion } from "./version.js";

const help: HelpPage = {
  examples: [
    "willfit experiment",
    "willfit experiment pooling",
    "willfit experiment loss --seeds 5 -o loss.md",
  ],
  about: `
Without a name it lists them. With one it trains both variants of what a paper compared, once for each seed, and shows the mean of
their accuracies, how far seeds differ, and what the paper found: minutes to an hour.

With --output what is done is kept in FILE.partial until FILE is written: the same command goes on from there.
`,
  statuses: { 130: STOPPED },
  readOn: "docs/experiments.md, all of them with their results.",
};

const DEFAULT_SEEDS = 3;

interface ExperimentFlags {
  readonly data: string;
  readonly seeds: number;
  readonly epochs?: number;
  readonly output?: string;
  readonly json?: boolean;
}

const whole = (name: string) => (text: string) => parseCount(text, { name, of: "a whole number", like: "3" });

async function list(terminal: Terminal): Promise<void> {
  const { experiments } = await import("../../train/experiments.js");
  const columns = [{ heading: "experiment" }, { heading: "question", wraps: true }] as const;
  const rows = experiments.map(({ name, question }) => [name, question]);
  terminal.print(table(columns, rows, terminal));
}

/** Runs it with a bar; what is done is kept in the journal. @throws Interrupted after Ctrl-C */
async function resultFor(
  question: ExperimentQuestion,
  journal: Journal<number> | undefined,
  terminal: Terminal,
): Promise<ExperimentResult> {
  const { resultOf, runExperiment, trialsOf } = await import("../../train/runExperiment.js");
  const { dataset, epochs } = question;
  const known = journal?.known ?? new Map<number, number>();
  const trials = trialsOf(question);
  if (known.size > 0)
    terminal.note(`going on from ${journal!.path}: ${known.size} of ${trials.length} runs are done`);
  const stepsOf = trials.map(
    ({ comparison }) =>
      Math.floor(dataset.train.count / comparison.globalBatch) * comparison.globalBatch * epochs,
  );
  const total = (indices: Iterable<number>) => [...indices].reduce((sum, index) => sum + stepsOf[index]!, 0);
  const progress = await showProgress(total(trials.keys()), "examples", total(known.keys()));
  try {
    const accuracies = await interruptible(async (signal) => {
      const run = await runExperiment(question, {
        known,
        onStep: (trial) => progress.advance(trials[trial]!.comparison.globalBatch),
        onTrial: (trial, accuracy) => {
          const { comparison, variant, seed } = trials[trial]!;
          const name = [comparison.name, variant.name, `seed ${seed}`]
            .filter((part) => part !== "")
            .join(", ");
          terminal.note(`${name}: ${formatAccuracy(accuracy)}`);
          journal?.append(trial, accuracy);
        },
        shouldStop: () => signal.aborted,
      });
      if (run === undefined) throw signal.reason;
      return run;
    });
    return resultOf(question, accuracies);
  } finally {
    progress.stop();
  }
}

async function run(name: string, flags: ExperimentFlags, terminal: Terminal): Promise<void> {
  const { findExperiment } = await import("../../train/experiments.js");
  const experiment = findExperiment(name);
  const { loadBackend } = await import("../../train/backend.js");
  const data = await loadTrainingData(flags.data, experiment.model, experiment.modelOptions, terminal);
  try {
    const { dataset } = data;
    const { seeds, epochs = experiment.epochs, output } = flags;
    const backend = await loadBackend();
    terminal.note(trainingOn(backend));
    const identity = dataset.identity ?? dataset.name;
    const asked = { willfit: packageVersion(), experiment, data: identity, seeds, epochs };
    const answer = async (journal: Journal<number> | undefined) => {
      const result = await resultFor({ experiment, dataset, seeds, epochs }, journal, terminal);
      const { experimentMarkdown, experimentText } = await import("./experimentText.js");
      const { finding } = experiment;
      const object = { experiment: name, data: flags.data, seeds, epochs, finding, ...result };
      if (output !== undefined) {
        const conditions = `${flags.data}, ${epochs} epoch${epochs === 1 ? "" : "s"} of ${formatCount(dataset.train.count)} images, seeds 1 to ${seeds}, on ${backend.name} ${backend.version}`;
        const markdown = () => experimentMarkdown(experiment, result, conditions);
        writeWhole(output, `${extname(output) === ".json" ? JSON.stringify(object) : markdown()}\n`);
        terminal.note(`written to ${output}`);
      }
      // Not before its result is where it is to be: it may have taken hours.
      journal?.remove();
      if (flags.json) return printJson(terminal, object);
      terminal.print(experimentText(experiment, result, terminal));
    };
    await withJournal(output, asked, terminal, answer);
  } finally {
    await data.close();
  }
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .argument("[experiment]", "an experiment; without one they are listed")
    .addOption(
      new Option("--data <data>", "what to learn from, as `willfit train` has it").default("mnist", "mnist"),
    )
    .option("--seeds <n>", "runs of each variant", whole("--seeds"), DEFAULT_SEEDS)
    .option("--epochs <n>", "times to see every example (default: the experiment's)", whole("--epochs"))
    .option("-o, --output <file>", "where to keep the result: Markdown, or JSON by the name's end")
    .option("--json", "one JSON object, for programs")
    .action(async (name: string | undefined, flags: ExperimentFlags) =>
      name === undefined ? list(terminal) : run(name, flags, terminal),
    );
}
