/**
 * @file A prediction as text: the verdict first, then what it rests on.
 */
import { loadHardware } from "../../sim/hardware.js";
import { RECOMPUTATION } from "../../sim/predict.js";
import type { ErrorEstimate, FitAnswer, Prediction, Run } from "../../sim/prediction.js";
import {
  formatBytes,
  formatCount,
  formatDollars,
  formatMagnitude,
  formatPercent,
  formatRate,
  formatSeconds,
  formatThroughput,
  SECONDS_PER_HOUR,
} from "../units/quantity.js";
import { bars } from "./bars.js";
import { capacityBar, memoryBars, timeBars } from "./predictionBars.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";
import { verdictColor, verdictPhrases } from "./verdictWords.js";

type View = Pick<Terminal, "colors" | "width">;

/** `needs 345 GiB a chip, tpu-v4x4 has 30.75 GiB` */
export function needsWords({ memory, hardware }: Prediction, device: string): string {
  const { peakBytes, capacityBytes } = memory;
  return `needs ${formatBytes(peakBytes)} a ${device}, ${hardware} has ${formatBytes(capacityBytes)}`;
}

/** `does not fit: needs 345 GiB a chip, tpu-v4x4 has 30.75 GiB` */
function verdictLine(prediction: Prediction, device: string, { colors }: View): string {
  const { verdict } = prediction.memory;
  const words = colors.bold(verdictColor(verdict, colors)(verdictPhrases[verdict]));
  return `${words}: ${needsWords(prediction, device)}`;
}

export function largestBatchWords({ largestBatch, largestBatchWithoutRecompute }: FitAnswer): string {
  if (largestBatch === 0) return "no batch fits";
  const words = `the largest batch that fits is ${formatCount(largestBatch)}`;
  if (largestBatchWithoutRecompute === largestBatch) return words;
  return `${words}, and ${formatCount(largestBatchWithoutRecompute)} with nothing recomputed`;
}

/** `siglip-b16, 32,768 examples a step on tpu-v4x4` */
export const askedWords = ({
  model,
  globalBatch,
  hardware,
}: Pick<Prediction, "model" | "globalBatch" | "hardware">) =>
  `${model}, ${formatCount(globalBatch)} examples a step on ${hardware}`;

/** `siglip-b16, 32,768 examples a step on tpu-v4x4 (4 chips, 8,192 each)` */
export function questionWords(prediction: Prediction, device: string): string {
  const { devices, batchPerDevice } = prediction;
  const share = `${formatCount(devices)} ${device}${devices === 1 ? "" : "s"}, ${formatCount(batchPerDevice)} each`;
  return `${askedWords(prediction)} (${share})`;
}

function memorySection({ memory }: Prediction, device: string, view: View): readonly string[] {
  return [
    view.colors.bold(`Memory of a ${device} at the worst moment: ${formatBytes(memory.peakBytes)}`),
    ...bars(memoryBars(memory), { ...view, limit: capacityBar(memory) }),
  ];
}

function timeSection({ time, memory }: Prediction, view: View): readonly string[] {
  const { stepSeconds, examplesPerSecond, modelFlopsUtilization, parts } = time;
  const facts = [
    formatSeconds(stepSeconds),
    formatThroughput(examplesPerSecond),
    `${formatPercent(modelFlopsUtilization)} of peak (MFU)`,
  ];
  const condition = memory.verdict === "does-not-fit" ? ", were there memory for it" : "";
  return [view.colors.bold(`A step${condition}: ${facts.join(", ")}`), ...bars(timeBars(parts), view)];
}

/** `6 h 30 min at most` and how far the prediction is from it. */
export function publishedWords({ published, hours, isAsPublished }: Run, stepSeconds: number): string {
  const { time } = published;
  if (!time) return "no time was published";
  const when = `${time.what} ${time.isUpperBound ? "at most " : ""}${formatSeconds(time.seconds)}`;
  if (!isAsPublished) return `published of another machine, model or batch: ${when}`;
  const predicted = time.what === "a step" ? stepSeconds : hours * SECONDS_PER_HOUR;
  const difference = predicted / time.seconds - 1;
  const sign = difference > 0 ? "more" : "less";
  const far = `predicted ${formatPercent(Math.abs(difference))} ${sign}`;
  return `published: ${when}, ${far} (${time.measured})`;
}

/** What a run comes to, in words. */
export interface RunWords {
  readonly steps: string;
  readonly time: string;
  readonly chipHours: string;
  /** Where the machine has a price. */
  readonly price?: string;
}

export function runWords({ steps, hours, chipHours, dollars }: Run, hardware: string): RunWords {
  const machine = loadHardware(hardware);
  const price = machine.kind !== "host" ? machine.price : undefined;
  return {
    steps: `${formatCount(steps)} steps`,
    time: formatSeconds(hours * SECONDS_PER_HOUR),
    chipHours: `${formatMagnitude(chipHours)} chip-hours`,
    ...(dollars !== undefined &&
      price && { price: `${formatDollars(dollars)} (list price of ${price.listed})` }),
  };
}

function runSection({ run, time, hardware }: Prediction, view: View): readonly string[] {
  if (!run) return [];
  const { recipe, parts, published } = run;
  const { steps, time: duration, chipHours, price } = runWords(run, hardware);
  const facts = [steps, duration, chipHours, ...(price === undefined ? [] : [price])];
  return [
    view.colors.bold(`The run ${recipe}: ${facts.join(", ")}`),
    ...bars(timeBars(parts), view),
    publishedWords(run, time.stepSeconds),
    ...(published.result ? [`result: ${published.result}`] : []),
    view.colors.dim(
      [published.source, ...(published.assumed ? [`assumed: ${published.assumed}`] : [])].join("; "),
    ),
  ];
}

function modelLine({ params, modelFlopsPerExample, plan }: Prediction): string {
  const facts = [
    `${formatMagnitude(params)} parameters`,
    `${formatRate(modelFlopsPerExample, "FLOP")} an example, forward and backward`,
    `${plan.optimizer}, ${plan.activations} activations, ${plan.momentumDtype} momentum, remat ${plan.remat}`,
  ];
  return facts.join("; ");
}

/** `time: ± 9 % (12 steps of ViTs on this machine)` */
export function errorWords(what: string, { errorPercent, basis }: ErrorEstimate): string {
  return errorPercent === null
    ? `${what}: error unknown (${basis})`
    : `${what}: ± ${errorPercent} % (${basis})`;
}

/** Whether the error of the prediction decides the verdict: to be said rather than to pretend. */
export function isOnTheEdge({ confidence, memory }: Prediction): boolean {
  const margin = Math.abs(memory.peakBytes / memory.capacityBytes - 1) * 100;
  const { errorPercent } = confidence.memory;
  return errorPercent !== null && margin < errorPercent;
}

function confidenceSection(prediction: Prediction, { colors }: View): readonly string[] {
  const { confidence } = prediction;
  return [
    colors.dim(errorWords("memory", confidence.memory)),
    colors.dim(errorWords("time", confidence.time)),
    ...(isOnTheEdge(prediction)
      ? [colors.yellow("the verdict is within the error of the prediction: try before you rely on it")]
      : []),
  ];
}

/** `+31 % time`, against the step as it is. */
export function costWords(stepSeconds: number, stepNow: number): string {
  const percent = Math.round((stepSeconds / stepNow - 1) * 100);
  if (percent === 0) return "as fast";
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent)} % time`;
}

/**
 * The time that suggestions are compared with: of what does not fit, without what the compiler recomputes in vain. Where it fits
 * because of that, it is part of it.
 */
export function stepNow({ memory, time }: Prediction): number {
  const again = time.parts.find(({ name }) => name === RECOMPUTATION);
  return memory.verdict !== "does-not-fit" ? time.stepSeconds : time.stepSeconds - (again?.seconds ?? 0);
}

function suggestionSection(answer: FitAnswer, view: View): readonly string[] {
  const { fits, suggestions } = answer;
  if (suggestions.length === 0) return [];
  const helps = suggestions.some((suggestion) => suggestion.fits);
  const failing = helps ? "What would make it fit" : "None of the changes tried makes it fit";
  const lines = suggestions.flatMap(({ change, flags, peakBytes, stepSeconds }) => [
    `  ${change}: ${formatBytes(peakBytes)}, ${costWords(stepSeconds, stepNow(answer))}, ${formatSeconds(stepSeconds)} a step`,
    view.colors.dim(`    ${flags}`),
  ]);
  return [view.colors.bold(fits ? "What would be faster" : failing), ...lines];
}

/** `64 of tpu-v4x4, 32 of tpu-v3-8` */
function chipsSection({ chips, hardware }: FitAnswer, view: View): readonly string[] {
  if (chips.length === 0) return [];
  const words = chips.map(({ hardware: name, chips: count }) => {
    const text = `${formatCount(count)} of ${name}`;
    return name === hardware ? view.colors.bold(text) : text;
  });
  const columns: readonly Column[] = [{ heading: "" }, { heading: "", wraps: true }];
  return [
    view.colors.bold("The fewest chips on which it fits as it is"),
    table(columns, [["", words.join(", ")]], view),
  ];
}

function sections(...parts: readonly (readonly string[])[]): string {
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Everything but the first line and the suggestions. */
function body(prediction: Prediction, device: string, view: View): readonly (readonly string[])[] {
  return [
    memorySection(prediction, device, view),
    timeSection(prediction, view),
    runSection(prediction, view),
    [view.colors.dim(modelLine(prediction)), ...confidenceSection(prediction, view)],
  ];
}

export function predictionText(prediction: Prediction, view: View): string {
  const device = loadHardware(prediction.hardware).deviceName;
  const head = [questionWords(prediction, device), verdictLine(prediction, device, view)];
  return sections(head, ...body(prediction, device, view));
}

export function fitText(answer: FitAnswer, view: View): string {
  const device = loadHardware(answer.hardware).deviceName;
  const verdict = `${verdictLine(answer, device, view)}; ${largestBatchWords(answer)}`;
  const head = [questionWords(answer, device), verdict];
  return sections(
    head,
    suggestionSection(answer, view),
    chipsSection(answer, view),
    ...body(answer, device, view),
  );
}
