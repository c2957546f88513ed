/** @file The figures of each batch as lines, and what the marks of the charts stand for. */
import { loadHardware } from "../../../../sim/hardware.js";
import type { LargestBatches } from "../../../../sim/limits.js";
import type { Prediction, Verdict } from "../../../../sim/prediction.js";
import { formatBytes, formatCount, formatSeconds } from "../../../units/quantity.js";
import { BEST, bestOf, throughputFigure } from "../../comparedFigures.js";
import type { Colors } from "../../terminal.js";
import { verdictColor, verdictWords } from "../../verdictWords.js";
import { LARGEST, UNRECOMPUTED } from "./batchCharts.js";
import { type BatchSlot, pointMarks } from "./batchPoints.js";

/** Columns of batch, examples a second, step and memory: `131,072`, `◆ 12,345`, `12 min 30 s`, `30.75 GiB`. */
const WIDTHS = [9, 11, 9, 10] as const;

/** With the verdict's mark; and with the verdict in words. */
export const TABLE_COLUMNS = "▸ ".length + WIDTHS.reduce((sum, width) => sum + width, 0) + " ✗".length;
const LONGEST_VERDICT = Math.max(...Object.values(verdictWords).map(({ length }) => length));
export const WIDE_TABLE_COLUMNS = TABLE_COLUMNS + 1 + LONGEST_VERDICT;

const cells = (texts: readonly [string, string, string, string]) =>
  texts.map((text, i) => text.padStart(WIDTHS[i]!)).join("");

export const tableHeading = `  ${cells(["batch", "examples/s", "step", "memory"])}`;

interface Shown {
  readonly width: number;
  readonly selected: number;
  readonly colors: Colors;
}

function verdictText(verdict: Verdict, { width, colors }: Shown): string {
  const words = width < WIDE_TABLE_COLUMNS ? "" : ` ${verdictWords[verdict]}`;
  return verdictColor(verdict, colors)(`${pointMarks[verdict]}${words}`);
}

function slotLine({ globalBatch, prediction, error }: BatchSlot, isFastest: boolean, shown: Shown): string {
  const { selected, colors } = shown;
  const isSelected = globalBatch === selected;
  const weight = isSelected ? colors.bold : (text: string) => text;
  const batch = formatCount(globalBatch);
  const pointer = isSelected ? "▸ " : "  ";
  if (!prediction) {
    const nothing = error === undefined ? "…" : "–";
    return weight(`${pointer}${cells([batch, nothing, nothing, nothing])}`);
  }
  const { time, memory } = prediction;
  const throughput = throughputFigure.text(prediction);
  const figures = cells([
    batch,
    isFastest ? `${BEST} ${throughput}` : throughput,
    formatSeconds(time.stepSeconds),
    formatBytes(memory.peakBytes),
  ]);
  return `${weight(`${pointer}${figures}`)} ${verdictText(memory.verdict, shown)}`;
}

/** A line for each batch; the fastest of those that fit has a mark. */
export function slotLines(slots: readonly BatchSlot[], shown: Shown): readonly string[] {
  const fitting = slots.map(({ prediction }): Prediction | undefined =>
    prediction?.memory.verdict === "does-not-fit" ? undefined : prediction,
  );
  const best = bestOf(throughputFigure, fitting);
  return slots.map((slot, i) => slotLine(slot, best[i]!, shown));
}

function limitLines(largest: LargestBatches | undefined, { bold, dim, red }: Colors): readonly string[] {
  if (!largest) return [dim("searching the largest batch …")];
  const { largestBatch, largestBatchWithoutRecompute: without } = largest;
  if (largestBatch === 0) return [red("no batch fits")];
  const line = (mark: string, batch: number, words: string) =>
    `${mark} ${bold(formatCount(batch))} ${dim(words)}`;
  return [
    line(LARGEST, largestBatch, "the largest that fits"),
    ...(without === largestBatch || without === 0
      ? []
      : [line(UNRECOMPUTED, without, "with nothing recomputed")]),
  ];
}

/** What lines and marks of the charts stand for, with the limits that they mark. */
export function legendLines(
  hardware: string,
  largest: LargestBatches | undefined,
  capacityBytes: number | undefined,
  colors: Colors,
): readonly string[] {
  const { deviceName } = loadHardware(hardware);
  const marks = (["fits", "fits-with-recompute", "does-not-fit"] as const).map(
    (verdict) => `${verdictColor(verdict, colors)(pointMarks[verdict])} ${colors.dim(verdictWords[verdict])}`,
  );
  return [
    ...limitLines(largest, colors),
    ...(capacityBytes === undefined
      ? []
      : [`─ ${formatBytes(capacityBytes)} ${colors.dim(`the memory of a ${deviceName}`)}`]),
    marks.join("  "),
    `${BEST} ${colors.dim("the fastest that fits")}`,
  ];
}
