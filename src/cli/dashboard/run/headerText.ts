/** @file The two lines on top: what runs, and how far it is. */
import { formatCount, formatPercent, formatSeconds } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import type { RunFacts } from "./facts.js";
import type { RunState } from "./runState.js";

/** `vit-s16 on mnist · 204,938 parameters · tensorflow 4.22.0` */
export function titleLine({ model, data, backend }: RunFacts, { parameters }: RunState, colors: Colors) {
  const size = parameters === undefined ? [] : [`${formatCount(parameters)} parameters`];
  return [colors.bold(`${model} on ${data}`), ...size, backend].join(" · ");
}

/** What it is doing, in a word. */
export function phaseWord(
  { steps, last, isStopping, evaluations, outcome }: RunState,
  { stepsPerEpoch }: RunFacts,
) {
  if (outcome !== undefined) return outcome;
  if (steps === undefined) return "preparing";
  if (!last) return "first step";
  const evaluated = evaluations.at(-1)?.epoch === last.epoch;
  if (last.step % stepsPerEpoch === 0 && !evaluated) return "evaluating";
  if (last.step === steps) return "finishing";
  return isStopping ? "stopping" : "training";
}

export function progressBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** Narrower bars tell nothing. */
const NARROWEST = 6;

/** As `6 h 30 min left` and the like come and go, the bar is to keep its length. */
const LEFT_COLUMNS = "59 min 59 s left".length;

/** `██████░░░░░░  29 %  step 412 of 1,404  epoch 1 of 3  1 min 12 s left` */
export function progressLine(state: RunState, { epochs }: RunFacts, width: number, colors: Colors): string {
  const { last, steps, firstStep, outcome } = state;
  if (steps === undefined) return colors.dim("tracing the program of a step …");
  const step = last?.step ?? firstStep;
  const all = formatCount(steps);
  const percent = formatPercent(Math.floor((100 * step) / steps) / 100).padStart("100 %".length);
  const left = last && outcome === undefined ? `${formatSeconds(Math.round(last.secondsLeft))} left` : "";
  const words = [
    percent,
    `step ${formatCount(step).padStart(all.length)} of ${all}`,
    `epoch ${(last?.epoch ?? 0) + 1} of ${epochs}`,
    left.padStart(LEFT_COLUMNS),
  ].join("  ");
  const room = width - words.length - 2;
  return room < NARROWEST ? words : `${colors.green(progressBar(step / steps, room))}  ${words}`;
}
