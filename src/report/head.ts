/** @file The head of a report: the question, the answer at a glance, and the figures that matter. */

import { peakFlopsPerSecond } from "../../sim/peakFlops.js";
import type { MemoryPrediction, Verdict } from "../../sim/prediction.js";
import { largestBatchWords, needsWords, questionWords, runWords } from "../cli/reportText.js";
import { verdictMarks, verdictPhrases } from "../cli/verdictWords.js";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatRate,
  formatSeconds,
  formatThroughput,
} from "../units/quantity.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { capital, unbroken } from "./words.js";

const verdictClasses: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "fails",
};

export const questionOf = ({ answer, machine }: ReportData) => questionWords(answer, machine.deviceName);

/** @param command that asks for this report again */
export function head(data: ReportData, command: string): Html {
  const { answer, machine } = data;
  const { verdict } = answer.memory;
  return html`<header>
<p class="kind">willfit report</p>
<h1>${unbroken(questionOf(data))}</h1>
<p class="command"><code>${unbroken(command)}</code></p>
<div class="verdict ${verdictClasses[verdict]}">
<span class="mark" aria-hidden="true">${verdictMarks[verdict]}</span>
<div><strong>${capital(verdictPhrases[verdict])}</strong>
<p>${capital(needsWords(answer, machine.deviceName))}; ${largestBatchWords(answer)}.</p></div>
</div>
</header>
`;
}

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

function runFigures({ answer }: ReportData): readonly KeyFigure[] {
  const { run, hardware } = answer;
  if (!run) return [];
  const { steps, time, chipHours, price } = runWords(run, hardware);
  return [
    { name: "the run", value: time, note: steps },
    {
      name: price === undefined ? "chips" : "cost",
      value: price === undefined ? chipHours : price.replace(/ \(.*/, ""),
      note: price === undefined ? "" : `${chipHours}, ${price.replace(/^[^(]*\(|\)$/g, "")}`,
    },
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
      value: formatThroughput(time.examplesPerSecond).replace(" examples/s", ""),
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
