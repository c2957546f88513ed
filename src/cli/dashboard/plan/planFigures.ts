/** @file The figures of a prediction as lines: what it comes to, and where its memory and time go. */

import { loadHardware } from "../../../../sim/hardware.js";
import type { LargestBatches } from "../../../../sim/limits.js";
import type { Prediction, Run } from "../../../../sim/prediction.js";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatThroughput,
} from "../../../units/quantity.js";
import { type Bar, bars } from "../../bars.js";
import { capacityBar, memoryBars, timeBars } from "../../predictionBars.js";
import { runWords } from "../../reportText.js";
import type { Colors } from "../../terminal.js";
import { verdictColor, verdictMarks, verdictPhrases } from "../../verdictWords.js";

interface View {
  readonly colors: Colors;
  readonly width: number;
}

/** `✗ does not fit: needs 345 GiB a chip of 30.75 GiB` */
function verdictLine({ memory, hardware }: Prediction, colors: Colors): string {
  const { verdict, peakBytes, capacityBytes } = memory;
  const words = `${verdictMarks[verdict]} ${verdictPhrases[verdict]}`;
  const device = loadHardware(hardware).deviceName;
  const needs = `${formatBytes(peakBytes)} a ${device} of ${formatBytes(capacityBytes)}`;
  return `${colors.bold(verdictColor(verdict, colors)(words))}: ${needs}`;
}

/** `largest batch 3,584, without recomputing 1,460` */
function largestLine({ largestBatch, largestBatchWithoutRecompute }: LargestBatches): string {
  if (largestBatch === 0) return "no batch fits";
  const words = `largest batch ${formatCount(largestBatch)}`;
  if (largestBatchWithoutRecompute === largestBatch) return words;
  return `${words}, without recomputing ${formatCount(largestBatchWithoutRecompute)}`;
}

/** `6 h 23 min · $51 (list price of 2025) · 111,477 steps · 25.56 chip-hours` */
function runLine(run: Run, hardware: string): string {
  const { steps, time, chipHours, price } = runWords(run, hardware);
  return [time, ...(price === undefined ? [] : [price]), steps, chipHours].join(" · ");
}

/**
 * Verdict, largest batch, speed, and the run where there is a recipe.
 *
 * @param isCurrent whether the prediction is of the question as it is, and not of one before
 */
export function summaryLines(
  prediction: Prediction,
  { largest, isCurrent }: { readonly largest: LargestBatches | undefined; readonly isCurrent: boolean },
  colors: Colors,
): readonly string[] {
  const { stepSeconds, examplesPerSecond, modelFlopsUtilization } = prediction.time;
  const { run, hardware } = prediction;
  const speed = [
    `${formatSeconds(stepSeconds)} a step`,
    formatThroughput(examplesPerSecond),
    `MFU ${formatPercent(modelFlopsUtilization)}`,
  ].join(" · ");
  return [
    isCurrent ? verdictLine(prediction, colors) : colors.dim("simulating …; before this:"),
    largest ? largestLine(largest) : colors.dim("searching the largest batch …"),
    colors.bold(speed),
    run ? runLine(run, hardware) : colors.dim("r picks a recipe, for hours and dollars"),
  ];
}

/** The largest parts in their order, and all others as one. */
function fewest(parts: readonly Bar[], most: number, format: (amount: number) => string): readonly Bar[] {
  if (parts.length <= most) return parts;
  const largest = new Set([...parts].sort((a, b) => b.amount - a.amount).slice(0, most - 1));
  const rest = parts.filter((part) => !largest.has(part)).reduce((sum, { amount }) => sum + amount, 0);
  return [...parts.filter((part) => largest.has(part)), { name: "others", amount: rest, text: format(rest) }];
}

/** @param rows with the capacity */
export function memoryLines({ memory }: Prediction, rows: number, view: View): readonly string[] {
  const parts = fewest(memoryBars(memory), rows - 1, formatBytes);
  return bars(parts, { ...view, limit: capacityBar(memory) });
}

export function timeLines({ time }: Prediction, rows: number, view: View): readonly string[] {
  return bars(fewest(timeBars(time.parts), rows, formatSeconds), view);
}
