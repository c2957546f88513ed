/** @file The roofline: how near the fusions of a step come to what the chip could do. */
import { axisX, axisY, dot, line, ruleX, text } from "@observablehq/plot";
import { arithmeticIntensity } from "../../sim/fusionCosts.js";
import { timePartOf } from "../../sim/predict.js";
import { type Roofline, type RooflinePoint, ridgeIntensity } from "../../sim/roofline.js";
import {
  formatBytes,
  formatCount,
  formatMagnitude,
  formatPercent,
  formatRate,
  formatSeconds,
} from "../units/quantity.js";
import { figure, isNarrow } from "./figure.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section, table } from "./section.js";
import { timePalette } from "./timeSection.js";
import { formatShare, place } from "./words.js";

/** Of a point's fusions, all together. */
const seconds = ({ count, seconds: each }: RooflinePoint) => count * each;

/** What takes a smaller share of the step than this is a dot too small to see. */
const WORTH_DRAWING = 2e-4;
/** The largest are listed, too. */
const LISTED = 12;
/** Radius of a dot whose fusions would be the whole step. */
const LARGEST_RADIUS = { wide: 64, narrow: 40 };

/** FLOP/s that an arithmetic intensity allows. */
const roofAt = (intensity: number, { peakFlopsPerSecond, memoryBytesPerSecond }: Roofline) =>
  Math.min(peakFlopsPerSecond, intensity * memoryBytesPerSecond);

const intensityWords = (point: RooflinePoint) => `${formatMagnitude(arithmeticIntensity(point))} FLOP/B`;

function titleOf(point: RooflinePoint, roofline: Roofline, stepSeconds: number): string {
  const { place: at, kind, count, flops, bytes, seconds: each } = point;
  const reached = flops / each;
  const roof = roofAt(arithmeticIntensity(point), roofline);
  return [
    `${at} (${kind}${count > 1 ? `, ${formatCount(count)} equal ones` : ""})`,
    `${formatSeconds(seconds(point))}, ${formatShare(seconds(point) / stepSeconds)} of the step`,
    `each ${formatSeconds(each)}, ${formatRate(flops, "FLOP")}, ${formatBytes(bytes)}: ${intensityWords(point)}`,
    `${formatRate(reached, "FLOP/s")}, ${formatPercent(reached / roof)} of what the roof allows`,
  ].join("\n");
}

function listOf(points: readonly RooflinePoint[], roofline: Roofline, stepSeconds: number): Html {
  const columns = [
    { heading: "fusion" },
    { heading: "time", isNumber: true },
    { heading: "share", isNumber: true },
    { heading: "intensity", isNumber: true, isDispensable: true },
    { heading: "of its roof", isNumber: true },
  ];
  const rows = points
    .slice(0, LISTED)
    .map((point) => [
      html`${place(point.place)} ${point.kind}${point.count > 1 ? ` × ${formatCount(point.count)}` : ""}`,
      formatSeconds(seconds(point)),
      formatShare(seconds(point) / stepSeconds),
      intensityWords(point),
      point.flops > 0
        ? formatPercent(point.flops / point.seconds / roofAt(arithmeticIntensity(point), roofline))
        : "moves only",
    ]);
  return html`<details><summary>The ${rows.length} that take most time</summary>
${table(columns, rows)}</details>`;
}

export function rooflineSection(data: ReportData): Html | undefined {
  if (!data.step) return undefined;
  const { roofline } = data.step;
  const { peakFlopsPerSecond, memoryBytesPerSecond, points } = roofline;
  const { stepSeconds } = data.answer.time;
  const drawn = points
    .filter((point) => point.flops > 0 && seconds(point) >= WORTH_DRAWING * stepSeconds)
    .map((point) => ({
      intensity: arithmeticIntensity(point),
      reached: point.flops / point.seconds,
      seconds: seconds(point),
      part: timePartOf(point),
      title: titleOf(point, roofline, stepSeconds),
    }));
  if (drawn.length === 0) return undefined;
  const ridge = ridgeIntensity(roofline);
  const intensities = drawn.map(({ intensity }) => intensity);
  const from = Math.min(...intensities, ridge / 10) / 2;
  const to = Math.max(...intensities, ridge * 10) * 2;
  const lowest = Math.min(...drawn.map(({ reached }) => reached)) / 2;
  const roof = [from, ridge, to].map((intensity) => ({ intensity, reached: roofAt(intensity, roofline) }));
  const { domain, range } = timePalette(data);
  const inDots = drawn.reduce((sum, point) => sum + point.seconds, 0);
  const chart = figure({
    label: `Roofline, log-log: what each fusion reaches in FLOP/s against its FLOPs for each byte. The roof rises with the memory's ${formatRate(memoryBytesPerSecond, "B/s")} to the peak of ${formatRate(peakFlopsPerSecond, "FLOP/s")} at ${formatMagnitude(ridge)} FLOP/B.`,
    draw: (width) => ({
      width,
      height: isNarrow(width) ? 300 : 420,
      marginLeft: 74,
      marginTop: 24,
      marginRight: 12,
      marginBottom: 40,
      x: { type: "log", domain: [from, to], label: "FLOPs for each byte moved", labelAnchor: "center" },
      y: { type: "log", domain: [lowest, peakFlopsPerSecond * 1.6], label: null },
      r: {
        type: "sqrt",
        domain: [0, stepSeconds],
        range: [0, isNarrow(width) ? LARGEST_RADIUS.narrow : LARGEST_RADIUS.wide],
      },
      color: { domain, range },
      marks: [
        axisX({ ticks: isNarrow(width) ? 4 : 8, tickFormat: decade(formatMagnitude) }),
        axisY({ ticks: 6, tickFormat: decade((tick) => formatRate(tick, "FLOP/s")) }),
        ruleX([ridge], { strokeDasharray: "3 3", strokeOpacity: 0.5 }),
        text([ridge], {
          x: (intensity: number) => intensity,
          frameAnchor: "bottom",
          dy: -8,
          dx: -6,
          textAnchor: "end",
          text: () => `ridge: ${formatMagnitude(ridge)} FLOP/B`,
          fillOpacity: 0.7,
        }),
        line(roof, { x: "intensity", y: "reached", strokeWidth: 2 }),
        text([peakFlopsPerSecond], {
          y: (flops: number) => flops,
          frameAnchor: "right",
          dy: -9,
          text: () => `peak ${formatRate(peakFlopsPerSecond, "FLOP/s")}`,
          fontWeight: 600,
        }),
        dot(drawn, {
          x: "intensity",
          y: "reached",
          r: "seconds",
          fill: "part",
          fillOpacity: 0.55,
          stroke: "part",
          title: "title",
          sort: { channel: "-r" },
        }),
      ],
    }),
    caption: html`Equal fusions are one dot: its area is their time together, its colour as in the table of the step's time. Left of the ridge memory decides, right of it the matrix unit. ${formatShare(1 - inDots / stepSeconds)} of the step is not shown: copies and collectives, which compute nothing, and the smallest.`,
  });
  return section("roofline", "Roofline", chart, listOf(points, roofline, stepSeconds));
}

/** Words for powers of ten; the ticks between them have none. */
function decade(words: (tick: number) => string): (tick: number) => string {
  return (tick) => (Math.abs(Math.log10(tick) % 1) < 1e-9 ? words(tick) : "");
}
