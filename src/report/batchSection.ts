/** @file The batch curve: step time, throughput and memory with smaller and larger batches. */
import { axisX, axisY, dot, line, type Markish, ruleX, ruleY, text } from "@observablehq/plot";
import type { BatchPoint } from "../../sim/batchCurve.js";
import type { Verdict } from "../../sim/prediction.js";
import { largestBatchWords } from "../cli/reportText.js";
import { verdictPhrases } from "../cli/verdictWords.js";
import { formatBytes, formatCount, formatSeconds, formatThroughput } from "../units/quantity.js";
import { drawing } from "./figure.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { batchTick } from "./scale.js";
import { section } from "./section.js";
import { capital } from "./words.js";

const verdictColors = {
  domain: ["fits", "fits-with-recompute", "does-not-fit"] satisfies Verdict[],
  range: ["var(--fits)", "var(--recomputes)", "var(--fails)"],
};

/** Three beside each other, or one on a telephone. */
const [WIDTH, HEIGHT] = [300, 230];

interface Measure {
  readonly heading: string;
  readonly value: (point: BatchPoint) => number;
  readonly format: (value: number) => string;
  readonly tick: (value: number) => string;
  /** Of the ticks of a logarithmic axis; the axis is linear, from zero, without. */
  readonly base?: number;
  readonly limit?: number;
}

/** Ticks of a base that are few enough to be read. */
function ticksOf(values: readonly number[], base: number, most: number): readonly number[] {
  const power = (value: number) => Math.log(value) / Math.log(base);
  const first = Math.ceil(power(Math.min(...values)) - 1e-9);
  const last = Math.floor(power(Math.max(...values)) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks: number[] = [];
  for (let exponent = last; exponent >= first; exponent -= stride) ticks.push(base ** exponent);
  return ticks;
}

function chartOf(data: ReportData, { heading, value, format, tick, base, limit }: Measure): Html {
  const { curve, answer } = data;
  const { globalBatch, largestBatch } = answer;
  const points = curve.map((point) => ({
    batch: point.globalBatch,
    value: value(point),
    verdict: point.verdict,
    isAsked: point.globalBatch === globalBatch,
    title: `${formatCount(point.globalBatch)} examples: ${format(value(point))}\n${verdictPhrases[point.verdict]}`,
  }));
  const values = [...points.map((point) => point.value), ...(limit === undefined ? [] : [limit])];
  const span = [Math.min(...values) / 1.4, Math.max(...values) * 1.5];
  const batches = points.map(({ batch }) => batch);
  const unit = batches[0]!;
  const largest: readonly Markish[] =
    largestBatch > 0
      ? [
          ruleX([largestBatch], { strokeDasharray: "4 3", strokeOpacity: 0.8 }),
          text([largestBatch], {
            x: (batch: number) => batch,
            frameAnchor: "top",
            dy: -10,
            text: () => `largest ${formatCount(largestBatch)}`,
            textAnchor: "middle",
            fillOpacity: 0.8,
          }),
        ]
      : [];
  const asked = points.find(({ isAsked }) => isAsked);
  const label = `${heading} against the batch${asked ? `; at the ${formatCount(globalBatch)} asked for: ${format(asked.value)}` : ""}.`;
  const chart = drawing(label, {
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 58,
    marginRight: 14,
    marginTop: 24,
    x: { type: "log", base: 2, domain: [unit / 1.2, Math.max(...batches) * 1.2], label: null },
    y:
      base === undefined
        ? { zero: true, nice: true, label: null }
        : { type: "log", base, domain: span, label: null },
    color: verdictColors,
    marks: [
      axisX(
        ticksOf(
          batches.map((batch) => batch / unit),
          2,
          5,
        ).map((share) => share * unit),
        {
          tickFormat: batchTick,
        },
      ),
      base === undefined
        ? axisY({ ticks: 5, tickFormat: tick })
        : axisY(ticksOf(span, base, 5), { tickFormat: tick }),
      ...largest,
      ...(limit === undefined
        ? []
        : [
            ruleY([limit], { strokeDasharray: "5 3" }),
            text([limit], {
              y: (amount: number) => amount,
              frameAnchor: "right",
              dy: 9,
              text: () => `capacity ${format(limit)}`,
              fontWeight: 600,
            }),
          ]),
      line(points, { x: "batch", y: "value", strokeOpacity: 0.4 }),
      dot(points, { x: "batch", y: "value", r: 4, fill: "verdict", title: "title" }),
      dot(
        points.filter(({ isAsked }) => isAsked),
        { x: "batch", y: "value", r: 8, stroke: "currentColor", strokeWidth: 1.5 },
      ),
    ],
  });
  return html`<figure><h3>${heading}</h3>${chart}</figure>`;
}

export function batchSection(data: ReportData): Html | undefined {
  const { curve, answer } = data;
  if (curve.length < 2) return undefined;
  const charts = [
    chartOf(data, {
      heading: "Memory",
      value: ({ peakBytes }) => peakBytes,
      format: formatBytes,
      tick: formatBytes,
      base: 4,
      limit: answer.memory.capacityBytes,
    }),
    chartOf(data, {
      heading: "Step time",
      value: ({ stepSeconds }) => stepSeconds,
      format: formatSeconds,
      tick: formatSeconds,
      base: 10,
    }),
    chartOf(data, {
      heading: "Examples a second",
      value: ({ examplesPerSecond }) => examplesPerSecond,
      format: formatThroughput,
      tick: formatCount,
    }),
  ];
  const words = largestBatchWords(answer);
  const note = html`<p class="note">Green fits, amber fits because the compiler recomputes, red does not fit (time as if there were memory for it, with all that is recomputed in vain). The ring is the batch that was asked for.</p>`;
  return section(
    "batches",
    "Smaller and larger batches",
    html`<p>${capital(words)}.</p>`,
    html`<div class="charts">${charts}</div>`,
    note,
  );
}
