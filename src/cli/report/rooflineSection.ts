/** @file The roofline: how near the fusions of a step come to what the chip could do. */
import { arithmeticIntensity } from "../../../sim/fusionCosts.js";
import { timePartOf } from "../../../sim/predict.js";
import { type Roofline, type RooflinePoint, ridgeIntensity, secondsAtRoof } from "../../../sim/roofline.js";
import {
  formatBytes,
  formatCount,
  formatMagnitude,
  formatRate,
  formatSeconds,
  formatShare,
} from "../../units/quantity.js";
import { figure } from "./figure.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { type RooflineDot, rooflineChart } from "./rooflineChart.js";
import { section, table } from "./section.js";
import { timePalette } from "./timeSection.js";
import { place } from "./words.js";

/** What takes a smaller share of the step than this is a dot too small to see. */
const WORTH_DRAWING = 2e-4;
/** The largest are listed, too. */
const LISTED = 12;

/** Of a point's fusions, all together. */
const secondsOf = ({ count, seconds }: RooflinePoint) => count * seconds;

const intensityWords = (point: RooflinePoint) => `${formatMagnitude(arithmeticIntensity(point))} FLOP/B`;

const ofRoof = (point: RooflinePoint, roofline: Roofline) =>
  formatShare(secondsAtRoof(point, roofline) / point.seconds);

function titleOf(point: RooflinePoint, roofline: Roofline, stepSeconds: number): string {
  const { kind, count, flops, bytes, seconds, bound } = point;
  const all = secondsOf(point);
  return [
    `${point.place} (${kind}${count > 1 ? `, ${formatCount(count)} equal ones` : ""})`,
    `${formatSeconds(all)}, ${formatShare(all / stepSeconds)} of the step`,
    `each ${formatSeconds(seconds)}, ${formatRate(flops, "FLOP")}, ${formatBytes(bytes)}: ${intensityWords(point)}`,
    `${formatRate(flops / seconds, "FLOP/s")}, ${ofRoof(point, roofline)} of what the roof allows; bound by: ${bound}`,
  ].join("\n");
}

function dotsOf(roofline: Roofline, stepSeconds: number): readonly RooflineDot[] {
  return roofline.points
    .filter((point) => point.flops > 0 && secondsOf(point) >= WORTH_DRAWING * stepSeconds)
    .map((point) => ({
      intensity: arithmeticIntensity(point),
      reached: point.flops / point.seconds,
      seconds: secondsOf(point),
      part: timePartOf(point),
      name: point.place.split("/").slice(-2).join("/"),
      title: titleOf(point, roofline, stepSeconds),
    }));
}

function listOf(roofline: Roofline, stepSeconds: number): Html {
  const columns = [
    { heading: "fusion" },
    { heading: "time", isNumber: true },
    { heading: "share", isNumber: true },
    { heading: "FLOP/B", isNumber: true, isDispensable: true },
    { heading: "of its roof", isNumber: true },
    { heading: "bound by", isDispensable: true },
  ];
  const rows = roofline.points
    .slice(0, LISTED)
    .map((point) => [
      html`${place(point.place)} ${point.kind}${point.count > 1 ? ` × ${formatCount(point.count)}` : ""}`,
      formatSeconds(secondsOf(point)),
      formatShare(secondsOf(point) / stepSeconds),
      formatMagnitude(arithmeticIntensity(point)),
      ofRoof(point, roofline),
      html`<span class="type">${point.bound}</span>`,
    ]);
  return html`<details><summary>The ${rows.length} that take most time</summary>
${table(columns, rows)}</details>`;
}

export function rooflineSection(data: ReportData): Html | undefined {
  if (!data.step) return undefined;
  const { roofline } = data.step;
  const { peakFlopsPerSecond, memoryBytesPerSecond } = roofline;
  const { stepSeconds } = data.answer.time;
  const dots = dotsOf(roofline, stepSeconds);
  if (dots.length === 0) return undefined;
  const inDots = dots.reduce((sum, { seconds }) => sum + seconds, 0);
  const peak = formatRate(peakFlopsPerSecond, "FLOP/s");
  const ridge = formatMagnitude(ridgeIntensity(roofline));
  const chart = figure({
    label: `Roofline, log-log: what each fusion reaches in FLOP/s against its FLOPs for each byte. The roof rises with the memory's ${formatRate(memoryBytesPerSecond, "B/s")} to the peak of ${peak} at ${ridge} FLOP/B.`,
    draw: rooflineChart({ roofline, dots, stepSeconds, palette: timePalette(data) }),
    caption: html`Equal fusions are one dot: its area is their time together, its colour as in the table of the step's time. Left of the ridge the roof is the memory's, right of it the matrix unit's. ${formatShare(1 - inDots / stepSeconds)} of the step is not shown: copies and collectives, which compute nothing, and the smallest.`,
  });
  return section("roofline", "Roofline", chart, listOf(roofline, stepSeconds));
}
