/**
 * @file `willfit train MODEL --data mnist|FOLDER …`: trains on this computer, showing how it goes. Ctrl-C ends a run
 * after the step at hand, with a checkpoint that `--resume` goes on from; a second one ends it at once. `--dry-run` only predicts.
 */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import cliProgress from "cli-progress";
import { type Command, Option } from "commander";
import { CHECKPOINTS_KEPT } from "../../train/checkpoints.js";
import { type Confusion, type Evaluation, mostConfused } from "../../train/confusion.js";
import type { ImageDataset } from "../../train/data/dataset.js";
import type { TrainingOptions, TrainingResult } from "../../train/train.js";
import { formatSeconds, parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { INTERRUPTED } from "./interruption.js";
import { addModelOptions, choose, modelOptionsFrom, planFrom, type QueryFlags } from "./planOptions.js";
import { printJson, type Terminal } from "./terminal.js";
import { loadTrainingData, unreadableText } from "./trainingData.js";

const examples = `
  willfit train vit-s16 --image 28 --patch 7 --width 64 --depth 4 --heads 4 \\
    --data mnist --batch 128 --epochs 3
  willfit train resnet50 --width 8 --data mnist --batch 64 --epochs 1 --out runs/resnet
  willfit train resnet50 --width 8 --data mnist --batch 64 --epochs 1 --out runs/resnet --resume
  willfit train resnet50 --data mnist --batch 64 --dry-run
  willfit train resnet50 --width 8 --image 64 --data photos/ --batch 32 --epochs 10
`;

function positive(flag: string) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw new UserError(`${flag} ${text}: not a positive number; write 0.001 or 3e-3`);
  };
}

function count(flag: string, of: string, like: string) {
  return (text: string) => parseCount(text, { name: flag, of, like });
}

interface TrainFlags extends QueryFlags {
  readonly data: string;
  readonly batch: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly seed: number;
  readonly checkpointEvery: number;
  readonly keep: number;
  readonly dryRun?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
  readonly backend?: string;
}

function addTrainingOptions(command: Command): Command {
  return command
    .argument("<model>", "a model of `willfit models`")
    .addOption(
      new Option(
        "--data <name>",
        "what to learn from: mnist, or a folder of images, a folder a class",
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option("--batch <examples>", "examples a step")
        .default(128)
        .argParser(count("--batch", "a number of examples", "128 or 1k")),
    )
    .addOption(
      new Option("--epochs <n>", "times to see every example")
        .default(1)
        .argParser(count("--epochs", "a whole number", "3")),
    )
    .addOption(
      new Option("--learning-rate <rate>", "at its highest")
        .default(0.003)
        .argParser(positive("--learning-rate")),
    )
    .addOption(
      new Option("--warmup-steps <n>", "steps until the learning rate is there")
        .default(100)
        .argParser(count("--warmup-steps", "a whole number", "100")),
    )
    .addOption(
      new Option("--seed <n>", "for first weights and order of examples")
        .default(1)
        .argParser(count("--seed", "a whole number", "1")),
    )
    .option("--out <folder>", "where to keep checkpoints and metrics (default: a new folder in runs/)")
    .option("--resume", "go on from the newest whole checkpoint in --out")
    .addOption(
      new Option("--checkpoint-every <steps>", "besides the end of every epoch")
        .default(500)
        .argParser(count("--checkpoint-every", "a number of steps", "500")),
    )
    .addOption(
      new Option("--keep <n>", "checkpoints to keep, the newest ones")
        .default(CHECKPOINTS_KEPT)
        .argParser(count("--keep", "a whole number", "3")),
    )
    .option("--dry-run", "say what the run would take on this computer, and train nothing")
    .option("--backend <name>", "tensorflow, wasm or cpu (default: the fastest there is)")
    .option("--json", "one JSON object at the end, for programs");
}

/** The first of `runs/MODEL-DATA-1`, `-2`, … that does not exist yet. */
function newFolder(model: string, data: string): string {
  for (let number = 1; ; number++) {
    const folder = join("runs", `${model}-${data}-${number}`);
    if (!existsSync(folder)) return folder;
  }
}

/** A bar on standard error where a person is looking, a line every now and then elsewhere. */
function progressBar(isTTY: boolean) {
  return new cliProgress.SingleBar({
    format: "{bar} step {value}/{total}  epoch {epoch}  loss {loss}  {rate} examples/s  {left} left",
    stream: process.stderr,
    hideCursor: true,
    noTTYOutput: !isTTY,
    notTTYSchedule: 10_000,
    barsize: 20,
  });
}

/** Runs `body` with a function that tells whether Ctrl-C was pressed. */
async function interruptible<T>(
  terminal: Terminal,
  body: (interrupted: () => boolean) => Promise<T>,
): Promise<T> {
  let pressed = false;
  const onSignal = () => {
    if (pressed) process.exit(INTERRUPTED);
    pressed = true;
    terminal.note("\nstopping after this step; once more stops at once");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await body(() => pressed);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** What is asked of the trainer. */
function trainingOptions(dataset: ImageDataset, model: string, flags: TrainFlags): TrainingOptions {
  const { resume = false, batch, epochs, learningRate, warmupSteps, seed, checkpointEvery, keep } = flags;
  return {
    model,
    modelOptions: modelOptionsFrom(flags),
    plan: { ...planFrom(flags), globalBatch: batch },
    dataset,
    epochs,
    learningRate,
    warmupSteps,
    seed,
    resume,
    checkpointEvery,
    keep,
    out: flags.out ?? newFolder(model, basename(resolve(flags.data))),
  };
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

/** `test accuracy 97.10 %, top-5 99.90 %` */
function scoreWords({ accuracy, top5 }: Pick<Evaluation, "accuracy" | "top5">): string {
  return `test accuracy ${percent(accuracy)}${top5 === undefined ? "" : `, top-5 ${percent(top5)}`}`;
}

/** More pairs of confused classes than a person reads in passing. */
const PAIRS_SHOWN = 3;

/** `4 taken for 9: 31 of 982` */
function confusionWords(confusion: Confusion): string {
  const words = mostConfused(confusion, PAIRS_SHOWN).map(
    ({ label, predicted, count, of }) => `${label} taken for ${predicted}: ${count} of ${of}`,
  );
  return words.length === 0 ? "no class was taken for another" : `most often confused: ${words.join("; ")}`;
}

/** Loads the data, and says at the end what of it could not be read. @throws UserError for flags that do not go together */
async function withOptions<T>(
  model: string,
  flags: TrainFlags,
  terminal: Terminal,
  body: (options: TrainingOptions) => Promise<T>,
): Promise<T> {
  if (flags.resume && flags.out === undefined)
    throw new UserError("--resume needs --out: the folder of the run to go on with");
  const { backendNames } = await import("../../train/backend.js");
  if (flags.backend !== undefined) choose("--backend", flags.backend, backendNames);
  const data = await loadTrainingData(flags.data, model, modelOptionsFrom(flags), terminal);
  try {
    return await body(trainingOptions(data.dataset, model, flags));
  } finally {
    await data.close();
    const left = data.unreadable();
    if (left.length > 0) terminal.note(unreadableText(left));
  }
}

/** Loads the backend and trains, showing how it goes on standard error. */
async function runTraining(
  options: TrainingOptions,
  flags: TrainFlags,
  terminal: Terminal,
): Promise<TrainingResult> {
  const { model } = options;
  const { backendNames, loadBackend } = await import("../../train/backend.js");
  const preference = backendNames.find((name) => name === flags.backend);
  const backend = await loadBackend(preference);
  terminal.note(`training on ${backend.name} ${backend.version}`);
  const { train } = await import("../../train/train.js");
  const bar = progressBar(process.stderr.isTTY === true);
  return interruptible(terminal, async (interrupted) => {
    try {
      return await train(options, {
        onStart: ({ steps, step, parameters }) => {
          terminal.note(`${model}: ${parameters.toLocaleString("en")} parameters, ${steps} steps`);
          bar.start(steps, step, { epoch: "-", loss: "-", rate: "-", left: "-" });
        },
        onStep: ({ step, epoch, loss, examplesPerSecond, secondsLeft }) => {
          bar.update(step, {
            epoch: epoch + 1,
            loss: loss.toFixed(4),
            rate: examplesPerSecond.toFixed(0),
            left: formatSeconds(secondsLeft),
          });
        },
        onEvaluation: (epoch, evaluation) => {
          terminal.note(`\nepoch ${epoch + 1}: ${scoreWords(evaluation)}`);
          terminal.note(confusionWords(evaluation.confusion));
        },
        onDamaged: (why) => terminal.note(`passed over: ${why}`),
        shouldStop: interrupted,
      });
    } finally {
      bar.stop();
    }
  });
}

function resultText({ finished, steps, evaluations, checkpoint }: TrainingResult): string {
  const last = evaluations.at(-1);
  const accuracy = last ? `, ${scoreWords(last)}` : "";
  const kept = checkpoint === undefined ? "" : `; checkpoint in ${checkpoint}`;
  return `${finished ? "finished" : "stopped"} after ${steps} steps${accuracy}${kept}`;
}

export function configure(command: Command, terminal: Terminal, finish: (status: number) => void): void {
  addModelOptions(addTrainingOptions(command))
    .addHelpText("before", examples)
    .action(async (model: string, flags: TrainFlags) => {
      if (flags.dryRun) {
        const { dryRun, dryRunText } = await import("./dryRun.js");
        const answer = await withOptions(model, flags, terminal, async (options) =>
          terminal.during("simulating", () => dryRun(options)),
        );
        return flags.json ? printJson(terminal, answer) : terminal.print(dryRunText(answer, terminal));
      }
      const result = await withOptions(model, flags, terminal, (options) =>
        runTraining(options, flags, terminal),
      );
      if (!result.finished) finish(INTERRUPTED);
      if (flags.json) return printJson(terminal, result);
      terminal.print(resultText(result));
    });
}
