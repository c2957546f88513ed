/** @file The figures of a run in columns: as they are now, and predicted beside measured. */
import { formatBytes, formatCount, formatSeconds } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import type { RunFacts } from "./facts.js";
import { examplesPerSecondNow, typicalSeconds } from "./pace.js";
import type { RunState } from "./runState.js";

/** Stands for what is not known yet. */
const UNKNOWN = "–";

/** Digits of a loss or a rate that a person compares. */
const SIGNIFICANT = 4;

const SMALL_COLUMN = 11;

const significant = (value: number) => String(Number(value.toPrecision(SIGNIFICANT)));

function shown<T>(value: T | undefined, format: (value: T) => string): string {
  return value === undefined ? UNKNOWN : format(value);
}

/** A name to the left and a value at the right edge. */
const row = (name: string, value: string, width: number) =>
  `${name}${value.padStart(Math.max(1, width - name.length))}`;

/** As the last step left them. */
export function nowLines({ last, recent }: RunState, batch: number, width: number) {
  return [
    row("loss", shown(last?.loss, significant), width),
    row("learning rate", shown(last?.learningRate, significant), width),
    // Optimizers that do not clip never work it out.
    ...(last && last.gradientNorm === undefined
      ? []
      : [row("gradient norm", shown(last?.gradientNorm, significant), width)]),
    row(
      "examples/s",
      shown(examplesPerSecondNow(recent, batch), (value) => formatCount(Math.round(value))),
      width,
    ),
  ];
}

/** What was predicted of this computer, and what it does. */
export function predictedLines(
  { recent, last, peakBytes }: RunState,
  { predicted }: RunFacts,
  width: number,
  colors: Colors,
) {
  const columns = (name: string, [a, b]: readonly [string, string]) =>
    row(name, `${a.padStart(SMALL_COLUMN)}${b.padStart(SMALL_COLUMN)}`, width);
  const measured = shown(typicalSeconds(recent), formatSeconds);
  return [
    columns("This computer", ["predicted", "measured"]).replace("This computer", (name) => colors.bold(name)),
    columns("step", [shown(predicted?.stepSeconds, formatSeconds), measured]),
    columns("tensors' peak", [shown(predicted?.peakBytes, formatBytes), shown(peakBytes, formatBytes)]),
    columns("process", ["", shown(last?.processBytes, formatBytes)]),
  ];
}
