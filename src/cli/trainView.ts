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
    // As in progress.ts.
    gracefulExit: false,
    hideCursor: false,
    clearOnComplete: isTTY,
    noTTYOutput: !isTTY,
    notTTYSchedule: 10_000,
    barsize: 20,
  });
}

export function barView({ model, dataset }: TrainingOptions, { note }: Terminal): TrainView {
  const isTTY = process.stderr.isTTY === true;
  const bar = progressBar(isTTY);
  let shown: Parameters<typeof bar.start> | undefined;
  const show = (...state: Parameters<typeof bar.start>) => {
    shown = state;
    bar.start(...state);
  };
  /** Above the bar, which goes back to where it was begun when it is stopped: there it would be in the way of what was said since. */
  const say = (text: string) => {
    if (!isTTY || !shown) return note(text);
    bar.stop();
    note(text.trimStart());
    show(...shown);
  };
  return {
    listener: {
      onStart: ({ steps, step, parameters }) => {
        say(`${model}: ${parameters.toLocaleString("en")} parameters, ${steps} steps`);
        show(steps, step, { epoch: "-", loss: "-", rate: "-", left: "-" });
      },
      onStep: ({ step, steps, epoch, loss, examplesPerSecond, secondsLeft }) => {
        const figures = {
          epoch: epoch + 1,
          loss: loss.toFixed(4),
          rate: examplesPerSecond.toFixed(0),
          left: formatSeconds(secondsLeft),
        };
        shown = [steps, step, figures];
        bar.update(step, figures);
      },
      onEvaluation: (epoch, evaluation, measure) => {
        say(`\nepoch ${epoch + 1}: ${scoreWords(evaluation, measure)}`);
        if (evaluation.confusion) say(confusionWords(evaluation.confusion, dataset.classes));
      },
      onDamaged: (why) => say(`passed over: ${why}`),
      onUnlocked: (why) => say(unlockedText(why)),
    },
    note: say,
    wantsToStop: () => false,
    close: () => {
      shown = undefined;
      bar.stop();
    },
  };
}
