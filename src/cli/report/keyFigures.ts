/** @file The figures that matter, beside each other. */
import { peakFlopsPerSecond } from "../../../sim/peakFlops.js";
import type { MemoryPrediction } from "../../../sim/prediction.js";
import {
  formatBytes,
  formatCount,
  formatDollars,
  formatExamplesRate,
  formatPercent,
  formatRate,
  formatSeconds,
} from "../../units/quantity.js";
import { runWords } from "../reportText.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";

/** `72.1 % of 15.48 GiB`, `10.2 times the 30.75 GiB there are` */
function ofCapacity({ peakBytes, capacityBytes }: MemoryPrediction): string {
  const share = peakBytes / capacityBytes;
  const capacity = formatBytes(capacityBytes);
  return share < 2
    ? `${formatPercent(share)} of ${capacity}`
    : `${share.toPrecision(3)} times the ${capacity} there are`;
}

interface KeyFigure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

function runFigures({ answer, machine }: ReportData): readonly KeyFigure[] {
  const { run, hardware } = answer;
  if (!run) return [];
  const { steps, time, chipHours } = runWords(run, hardware);
  const price = machine.kind === "host" ? undefined : machine.price;
  return [
    { name: "the run", value: time, note: steps },
    run.dollars !== undefined && price
      ? {
          name: "cost",
          value: formatDollars(run.dollars),
          note: `${chipHours}, list price of ${price.listed}`,
        }
      : { name: "chips", value: chipHours, note: "no price is known" },
  ];
}

export function keyFigures(data: ReportData): Html {
  const { answer, machine } = data;
  const { memory, time, globalBatch, largestBatch, largestBatchWithoutRecompute } = answer;
  const isHypothetical = memory.verdict === "does-not-fit";
  const figures: readonly KeyFigure[] = [
    {
      name: `memory of a ${machine.deviceName}`,
      value: formatBytes(memory.peakBytes),
      note: ofCapacity(memory),
    },
    {
      name: "a step",
      value: formatSeconds(time.stepSeconds),
      note: isHypothetical ? "were there memory for it" : `${formatCount(globalBatch)} examples`,
    },
    {
      name: "throughput",
      value: formatExamplesRate(time.examplesPerSecond),
      note: "examples/s",
    },
    {
      name: "MFU",
      value: formatPercent(time.modelFlopsUtilization),
      note: `of ${formatRate(peakFlopsPerSecond(machine), "FLOP/s")} a ${machine.deviceName}`,
    },
    {
      name: "largest batch",
      value: largestBatch === 0 ? "none" : formatCount(largestBatch),
      note:
        largestBatchWithoutRecompute === largestBatch
          ? "that fits"
          : `${formatCount(largestBatchWithoutRecompute)} with nothing recomputed`,
    },
    ...runFigures(data),
  ];
  const items = figures.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>
`,
  );
  return html`<section id="figures" aria-label="Key figures"><dl class="figures">
${items}</dl></section>
`;
}
