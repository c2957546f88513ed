/**
 * @file `willfit train … --dry-run`: what the run would take on this computer, without any of it. Here and not in `train`, which
 * never imports `sim`.
 */
import { predict } from "../../sim/predict.js";
import type { Prediction } from "../../sim/prediction.js";
import { setUp, type TrainingOptions } from "../../train/setup.js";
import { formatCount, formatSeconds } from "../units/quantity.js";
import { predictionText } from "./reportText.js";
import { HOST } from "./staleHost.js";
import type { Terminal } from "./terminal.js";

export interface DryRun extends Prediction {
  readonly training: {
    readonly epochs: number;
    readonly stepsPerEpoch: number;
    readonly steps: number;
    /** All steps; evaluations and checkpoints are not predicted. */
    readonly seconds: number;
  };
}

/**
 * @param hardware the profile of this computer to predict with
 * @throws UserError for what the run itself would refuse, too
 */
export function dryRun(options: TrainingOptions, hardware: string = HOST): DryRun {
  const { model, plan, stepsPerEpoch, schedule } = setUp(options);
  const { globalBatch, ...openPlan } = plan;
  const prediction = predict({
    model: options.model,
    modelOptions: model.options,
    hardware,
    globalBatch,
    plan: openPlan,
  });
  const { steps } = schedule;
  const seconds = steps * prediction.time.stepSeconds;
  return { ...prediction, training: { epochs: options.epochs, stepsPerEpoch, steps, seconds } };
}

export function dryRunText(answer: DryRun, terminal: Terminal): string {
  const { epochs, stepsPerEpoch, steps, seconds } = answer.training;
  const times = `${formatCount(epochs)} epoch${epochs === 1 ? "" : "s"} of ${formatCount(stepsPerEpoch)} steps`;
  const run = `The run: ${formatCount(steps)} steps in ${formatSeconds(seconds)}`;
  return [
    predictionText(answer, terminal),
    "",
    terminal.colors.bold(run),
    `${times}, without evaluations and checkpoints; nothing was trained`,
  ].join("\n");
}
