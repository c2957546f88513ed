/** @file How a run is shown while it goes: a bar and lines on standard error, unless there is a dashboard. */
import cliProgress from "cli-progress";
import type { TrainingOptions } from "../../train/setup.js";
import type { TrainingListener } from "../../train/train.js";
import { formatSeconds } from "../units/quantity.js";
import type { Terminal } from "./terminal.js";
import { confusionWords, scoreWords } from "./trainWords.js";

export interface TrainView {
  readonly listener: Omit<TrainingListener, "shouldStop">;
  /** Shows what is no figure. */
  readonly note: (text: string) => void;
  /** Whether the person has asked the view to end the run. */
  readonly wantsToStop: () => boolean;
  /** Gives the terminal back as it was. */
  readonly close: () => void;
}

/** Of a folder that has no lock. */
export const unlockedText = (why: string) => `nothing keeps another run out of the folder: ${why}`;

/** Said when Ctrl-C is pressed the first time. */
export const STOPPING = "stopping after this step; once more stops at once";

/** Whether a line of standard error is the bar: where nobody is looking it comes as a line every now and then. */
export const isBarLine = (line: string): boolean => /^\S+ step \d+\/\d+ {2}epoch /.test(line);

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

export function barView({ model, dataset }: TrainingOptions, { note }: Terminal): TrainView {
  const bar = progressBar(process.stderr.isTTY === true);
  return {
    listener: {
      onStart: ({ steps, step, parameters }) => {
        note(`${model}: ${parameters.toLocaleString("en")} parameters, ${steps} steps`);
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
      onEvaluation: (epoch, evaluation, measure) => {
        note(`\nepoch ${epoch + 1}: ${scoreWords(evaluation, measure)}`);
        if (evaluation.confusion) note(confusionWords(evaluation.confusion, dataset.classes));
      },
      onDamaged: (why) => note(`passed over: ${why}`),
      onUnlocked: (why) => note(unlockedText(why)),
    },
    note,
    wantsToStop: () => false,
    close: () => bar.stop(),
  };
}
