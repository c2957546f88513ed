/** @file The batch curve: memory, step time and throughput with smaller and larger batches. */

import { formatBytes, formatCount, formatSeconds, formatThroughput } from "../../units/quantity.js";
import { largestBatchWords } from "../reportText.js";
import { batchChart } from "./batchChart.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section } from "./section.js";
import { capital } from "./words.js";

export function batchSection(data: ReportData): Html | undefined {
  const { curve, answer } = data;
  if (curve.length < 2) return undefined;
  const charts = [
    batchChart(data, {
      heading: "Memory",
      value: ({ peakBytes }) => peakBytes,
      format: formatBytes,
      tick: formatBytes,
      base: 4,
      limit: answer.memory.capacityBytes,
    }),
    batchChart(data, {
      heading: "Step time",
      value: ({ stepSeconds }) => stepSeconds,
      format: formatSeconds,
      tick: formatSeconds,
      base: 10,
    }),
    batchChart(data, {
      heading: "Examples a second",
      value: ({ examplesPerSecond }) => examplesPerSecond,
      format: formatThroughput,
      tick: formatCount,
    }),
  ];
  const words = largestBatchWords(answer);
  const note = html`<p class="note">Green dots fit, amber diamonds fit because the compiler recomputes, red squares do not fit: their time is as if there were memory for them, with all that is recomputed in vain. The ring is the batch that was asked for.</p>`;
  return section(
    "batches",
    "Smaller and larger batches",
    html`<p>${capital(words)}.</p>`,
    html`<div class="charts">${charts}</div>`,
    note,
  );
}
