/**
 * @file `willfit train MODEL --data mnist|FOLDER …`, or `--recipe NAME`: trains on this computer, showing how it goes. Ctrl-C, SIGTERM
 * and a terminal that is closed end a run after the step at hand, with a checkpoint that `--resume` goes on from; a second Ctrl-C ends
 * it at once. `--dry-run` only predicts.
 */
import type { Command } from "commander";
import type { RunCommand } from "../../train/runFile.js";
import type { TrainingOptions } from "../../train/setup.js";
import type { TrainingResult } from "../../train/train.js";
import { UserError } from "../units/userError.js";
import type { BackendVersion } from "./dashboard/run/load.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { onThisComputer } from "./hereOptions.js";
import { type EndingSignal, INTERRUPTED, statusAfter, withSignals } from "./interruption.js";
import { addModelOptions, recipeFrom, singleOption } from "./planOptions.js";
import { HOST, warnOfStaleHost } from "./staleHost.js";
import { printJson, type Terminal } from "./terminal.js";
import { loadTrainingData, type TrainingData, unreadableText } from "./trainingData.js";
import {
  addTrainingOptions,
  modelFrom,
  recipeText,
  type TrainFlags,
  trainingOptions,
} from "./trainOptions.js";
import { barView, STOPPING, type TrainView } from "./trainView.js";
import { scoreWords, trainingOn } from "./trainWords.js";

const help: HelpPage = {
  examples: [
    "willfit train vit-s16 --image 28 --patch 7 --width 64 --depth 4 --heads 4 --data mnist --batch 128 --epochs 3",
    "willfit train resnet50 --width 8 --data mnist --batch 64 --epochs 1 --out runs/resnet",
    "willfit train resnet50 --width 8 --data mnist --batch 64 --epochs 1 --out runs/resnet --resume",
    "willfit train resnet50 --data mnist --batch 64 --dry-run",
    "willfit train resnet50 --width 8 --image 64 --data photos/ --batch 32 --epochs 10",
    "willfit train --recipe vit-s16-90ep --data photos/ --image 64 --patch 8 --width 192 --depth 6 --heads 3 --batch 64",
    "willfit train siglip-b16 --image 28 --patch 7 --width 64 --depth 4 --heads 4 --text-length 32 --data mnist --epochs 3",
  ],
  about: `
Trains, tests after every epoch, and keeps checkpoints and metrics in a folder of its own. Ctrl-C stops after the step at hand,
with a checkpoint that --resume goes on from; a second one stops at once. The last line on standard output is the result; how
it goes is told on standard error.

Image size, channels and classes are the data's unless the options say otherwise.
`,
  statuses: { 130: STOPPED },
  readOn: `docs/training.md, data, recipes and runs; \`willfit doctor\`, how fast this computer is; \`willfit recipes\`, which ones train.`,
};

/** Loads the data, and says at the end what of it could not be read. @throws UserError for flags that do not go together */
async function withOptions<T>(
  model: string | undefined,
  flags: TrainFlags,
  terminal: Terminal,
  body: (options: TrainingOptions, data: TrainingData) => Promise<T>,
): Promise<T> {
  if (flags.resume && flags.out === undefined)
    throw new UserError("--resume needs --out: the folder of the run to go on with");
  const { loadTokenizer } = await import("../../train/data/tokenizer.js");
  const tokenizer = flags.tokenizer === undefined ? undefined : await loadTokenizer(flags.tokenizer);
  const asked = modelFrom(model, flags);
  const data = await loadTrainingData(flags.data, asked.model, asked.modelOptions, terminal);
  try {
    const options = trainingOptions(model, flags, { dataset: data.dataset, ...(tokenizer && { tokenizer }) });
    const recipe = recipeFrom(flags);
    if (recipe) terminal.note(recipeText(recipe, options));
    return await body(options, data);
  } finally {
    await data.close();
    const left = data.unreadable();
    if (left.length > 0) terminal.note(unreadableText(left));
  }
}

/** A terminal whose notes are shown in the view for as long as there is one. */
interface NotingTerminal {
  readonly terminal: Terminal;
  /** What was noted before. */
  readonly said: readonly string[];
  readonly show: (view: TrainView | undefined) => void;
}

function notingIn(terminal: Terminal): NotingTerminal {
  const said: string[] = [];
  let view: TrainView | undefined;
  const note = (text: string) => {
    if (view) return view.note(text);
    said.push(text);
    terminal.note(text);
  };
  return {
    terminal: { ...terminal, note },
    said,
    show: (shown) => {
      view = shown;
    },
  };
}

/** The view that is asked for, or the one that there can be. */
async function viewOf(
  options: TrainingOptions,
  flags: TrainFlags,
  { terminal, said, backend }: { terminal: Terminal; said: readonly string[]; backend: BackendVersion },
): Promise<TrainView> {
  if (!flags.dashboard) return barView(options, terminal);
  const { canShowDashboard, openDashboard } = await import("./dashboard/run/load.js");
  if (canShowDashboard()) return openDashboard(options, { backend, said, terminal });
  terminal.note("--dashboard needs a terminal to draw on, which standard error is not: a bar instead");
  return barView(options, terminal);
}

interface Trained extends TrainingResult {
  /** What has stopped it, unless it was a key. */
  readonly signal?: EndingSignal;
}

/** Loads the backend and trains, showing how it goes on standard error. */
async function runTraining(
  options: TrainingOptions,
  flags: TrainFlags,
  terminal: Terminal,
  { noting, given }: { readonly noting: NotingTerminal; readonly given: RunCommand },
): Promise<Trained> {
  // What it refuses is told before TensorFlow is loaded.
  const { setUp } = await import("../../train/setup.js");
  setUp(options);
  const { loadBackend } = await import("../../train/backend.js");
  const backend = await loadBackend(flags.backend);
  terminal.note(trainingOn(backend));
  const { train } = await import("../../train/train.js");
  const view = await viewOf(options, flags, {
    terminal,
    said: noting.said,
    backend,
  });
  noting.show(view);
  let signal: EndingSignal | undefined;
  const onSignal = (heard: EndingSignal) => {
    signal = heard;
    view.note(`\n${STOPPING}`);
  };
  const result = await withSignals(onSignal, async () => {
    try {
      return await train(
        { ...options, command: given },
        { ...view.listener, shouldStop: () => signal !== undefined || view.wantsToStop() },
      );
    } finally {
      view.close();
      noting.show(undefined);
    }
  });
  return { ...result, ...(signal && { signal }) };
}

/** Share of the time from which waiting for data is worth a word. */
const MUCH_WAITING = 0.05;

/** What could be faster; nothing of a run that has not waited. */
function waitText({ seconds, waitedSeconds }: TrainingResult): string | undefined {
  const share = waitedSeconds / seconds;
  if (!(share > MUCH_WAITING)) return undefined;
  return `${Math.round(share * 100)} % of the time went by waiting for images to be read and decoded`;
}

function resultText({ finished, steps, measure, evaluations, checkpoint }: TrainingResult): string {
  const last = evaluations.at(-1);
  const accuracy = last ? `, ${scoreWords(last, measure)}` : "";
  const kept = checkpoint === undefined ? "" : `; checkpoint in ${checkpoint}`;
  return `${finished ? "finished" : "stopped"} after ${steps} steps${accuracy}${kept}`;
}

export function configure(command: Command, terminal: Terminal, finish: (status: number) => void): void {
  addHelp(command, help, terminal);
  addModelOptions(addTrainingOptions(command), onThisComputer(singleOption)).action(
    async (model: string | undefined, flags: TrainFlags) => {
      if (flags.dryRun) {
        const { dryRun, dryRunText } = await import("./dryRun.js");
        const answer = await withOptions(model, flags, terminal, async (options) =>
          terminal.during("simulating", () => dryRun(options)),
        );
        await warnOfStaleHost(HOST, terminal);
        return flags.json ? printJson(terminal, answer) : terminal.print(dryRunText(answer, terminal));
      }
      const noting = notingIn(terminal);
      const { signal, ...result } = await withOptions(
        model,
        flags,
        noting.terminal,
        async (options, { unreadable }) => {
          // All that stands after the program's own name, the command's included.
          const given = { arguments: command.parent?.args ?? [], directory: process.cwd() };
          const trained = await runTraining(options, flags, terminal, { noting, given });
          return { ...trained, leftOut: unreadable() };
        },
      );
      if (!result.finished) finish(signal ? statusAfter(signal) : INTERRUPTED);
      const waited = waitText(result);
      if (waited !== undefined) terminal.note(waited);
      if (flags.json) return printJson(terminal, result);
      terminal.print(resultText(result));
    },
  );
}
