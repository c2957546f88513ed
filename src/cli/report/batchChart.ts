/** @file A chart of what batches take: one measure of a step against its batch. */
import {
  axisX,
  axisY,
  dot,
  line,
  type Markish,
  ruleX,
  ruleY,
  type ScaleOptions,
  text,
} from "@observablehq/plot";
import type { BatchPoint } from "../../../sim/batchCurve.js";
import type { Verdict } from "../../../sim/prediction.js";
import { formatCount } from "../../units/quantity.js";
import { verdictPhrases } from "../verdictWords.js";
import { drawing } from "./figure.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { batchTick } from "./scale.js";

const verdicts: Verdict[] = ["fits", "fits-with-recompute", "does-not-fit"];
const verdictColors = { domain: verdicts, range: ["var(--fits)", "var(--recomputes)", "var(--fails)"] };
/** For those who see no difference between red and green. */
const verdictSymbols: ScaleOptions = { domain: verdicts, range: ["circle", "diamond", "square"] };

/** Three beside each other, or one on a telephone. */
const [WIDTH, HEIGHT] = [300, 230];
/** There is no room for more. */
const MOST_TICKS = 5;

export interface Measure {
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

/** A line at the largest batch that fits, where one does. */
function largestMarks(largestBatch: number): readonly Markish[] {
  if (largestBatch === 0) return [];
  return [
    ruleX([largestBatch], { strokeDasharray: "4 3", strokeOpacity: 0.8 }),
    text([largestBatch], {
      x: (batch: number) => batch,
      frameAnchor: "top",
      dy: -10,
      text: () => `largest ${formatCount(largestBatch)}`,
      textAnchor: "middle",
      fillOpacity: 0.8,
    }),
  ];
}

/** A line at what must not be exceeded; its words are below its right end, where the curve is not. */
function limitMarks(limit: number, format: Measure["format"]): readonly Markish[] {
  return [
    ruleY([limit], { strokeDasharray: "5 3" }),
    text([limit], {
      y: (amount: number) => amount,
      frameAnchor: "right",
      dy: 9,
      text: () => `capacity ${format(limit)}`,
      fontWeight: 600,
    }),
  ];
}

export function batchChart(data: ReportData, { heading, value, format, tick, base, limit }: Measure): Html {
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
  // Powers of two times what every batch is a multiple of.
  const shares = batches.map((batch) => batch / unit);
  const batchTicks = ticksOf(shares, 2, MOST_TICKS).map((share) => share * unit);
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
    symbol: verdictSymbols,
    marks: [
      axisX(batchTicks, { tickFormat: batchTick }),
      base === undefined
        ? axisY({ ticks: MOST_TICKS, tickFormat: tick })
        : axisY(ticksOf(span, base, MOST_TICKS), { tickFormat: tick }),
      ...largestMarks(largestBatch),
      ...(limit === undefined ? [] : limitMarks(limit, format)),
      line(points, { x: "batch", y: "value", strokeOpacity: 0.4 }),
      dot(points, { x: "batch", y: "value", r: 4, fill: "verdict", symbol: "verdict", title: "title" }),
      dot(
        points.filter(({ isAsked }) => isAsked),
        { x: "batch", y: "value", r: 8, stroke: "currentColor", strokeWidth: 1.5 },
      ),
    ],
  });
  return html`<figure><h3>${heading}</h3>${chart}</figure>`;
}
