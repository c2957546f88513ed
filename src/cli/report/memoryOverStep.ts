/** @file How memory fills over a step, until its worst moment, and empties again. */
import { areaY, axisX, axisY, dot, ruleX, ruleY, text } from "@observablehq/plot";
import type { MemoryReport } from "../../../sim/memoryReport.js";
import { formatBytes, formatSeconds } from "../../units/quantity.js";
import { momentsOver } from "../dashboard/explore/memoryMoments.js";
import { figure, isNarrow } from "./figure.js";
import { type Html, html } from "./html.js";
import { legend } from "./legend.js";
import { memoryPalette } from "./memoryPalette.js";
import type { ReportData } from "./reportData.js";
import { bytesUnit, secondsUnit } from "./scale.js";
import { section } from "./section.js";
import { place } from "./words.js";

/** Categories with less than this share of the peak at their largest are told as one. */
const WORTH_SAYING = 0.003;
const OTHERS = "other";

interface Shown {
  /** As they are stacked, what is there for the whole step first. */
  readonly names: readonly string[];
  /** Told as one. */
  readonly others: readonly string[];
}

function shownOf({ timeline, peak }: MemoryReport): Shown {
  const names = [...new Set(timeline.flatMap(({ parts }) => Object.keys(parts)))];
  const ranges = names.map((name) => {
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const { parts } of timeline) {
      least = Math.min(least, parts[name] ?? 0);
      most = Math.max(most, parts[name] ?? 0);
    }
    return { name, most, swing: most - least };
  });
  const isShown = ({ most }: { readonly most: number }) => most >= WORTH_SAYING * peak.bytes;
  return {
    names: ranges
      .filter(isShown)
      .sort((a, b) => a.swing - b.swing)
      .map(({ name }) => name),
    others: ranges.filter((range) => !isShown(range)).map(({ name }) => name),
  };
}

interface Band {
  readonly name: string;
  readonly at: number;
  readonly amount: number;
}

/** What is alive at each of so many moments, by category. */
function bandsOf(report: MemoryReport, { names, others }: Shown, count: number): readonly Band[] {
  const moments = momentsOver(report, count);
  // The last value holds until the step ends.
  return [...moments, moments.at(-1)!].flatMap(({ parts }, i) => {
    const at = (i / count) * report.stepSeconds;
    const rest = others.reduce((sum, name) => sum + (parts[name] ?? 0), 0);
    return [
      ...names.map((name) => ({ name, at, amount: parts[name] ?? 0 })),
      { name: OTHERS, at, amount: rest },
    ];
  });
}

export function memoryOverStep(data: ReportData): Html | undefined {
  const report = data.step?.memory;
  if (!report) return undefined;
  const { peak, capacityBytes, stepSeconds } = report;
  const byte = bytesUnit(Math.max(peak.bytes, capacityBytes));
  const second = secondsUnit(stepSeconds);
  const palette = memoryPalette(data);
  const worst = [{ at: peak.seconds / second.size, amount: peak.bytes / byte.size }];
  const shown = shownOf(report);
  const isLate = peak.seconds > stepSeconds / 2;
  const chart = figure({
    label: `Memory over the step: it rises to ${formatBytes(peak.bytes)} after ${formatSeconds(peak.seconds)} of ${formatSeconds(stepSeconds)}; the capacity is ${formatBytes(capacityBytes)}.`,
    draw: (width) => ({
      width,
      height: isNarrow(width) ? 240 : 320,
      marginLeft: 56,
      marginTop: 24,
      marginRight: 12,
      x: { domain: [0, stepSeconds / second.size], label: null },
      y: { domain: [0, (1.08 * Math.max(peak.bytes, capacityBytes)) / byte.size], label: null },
      color: { domain: [...palette.domain, OTHERS], range: [...palette.range, "var(--faint)"] },
      marks: [
        // Two pixels a moment: finer could not be seen.
        areaY(bandsOf(report, shown, Math.round(width / 2)), {
          x: ({ at }: Band) => at / second.size,
          y: ({ amount }: Band) => amount / byte.size,
          fill: "name",
          curve: "step-after",
          title: "name",
        }),
        axisX({ ticks: Math.round(width / 100), tickFormat: (tick: number) => `${tick} ${second.name}` }),
        axisY({ ticks: 5, tickFormat: (tick: number) => `${tick} ${byte.name}` }),
        ruleY([0]),
        ruleY([capacityBytes / byte.size], { strokeWidth: 1.5, strokeDasharray: "5 3" }),
        text([capacityBytes / byte.size], {
          y: (amount: number) => amount,
          frameAnchor: isLate ? "left" : "right",
          dx: isLate ? 6 : -6,
          dy: -8,
          text: () => `capacity ${formatBytes(capacityBytes)}`,
          fontWeight: 600,
          ...halo,
        }),
        ruleX(worst, { x: "at", y: "amount", strokeWidth: 1, strokeOpacity: 0.7 }),
        dot(worst, { x: "at", y: "amount", r: 4, fill: "currentColor" }),
        text(worst, {
          x: "at",
          y: "amount",
          text: () => `worst: ${formatBytes(peak.bytes)}`,
          textAnchor: isLate ? "end" : "start",
          dx: isLate ? -8 : 8,
          dy: -8,
          fontWeight: 600,
          ...halo,
        }),
      ],
    }),
    caption: html`One device, from the beginning of the step to its end. The worst moment is ${formatSeconds(peak.seconds)} into the step, in ${place(peak.place)}.`,
  });
  return section("memory-over-step", "Memory over the step", legend(shown.names, palette), chart);
}

/** A rim in the colour of the page keeps words readable on any colour. */
const halo = { stroke: "var(--page)", strokeWidth: 4, fill: "currentColor" };
