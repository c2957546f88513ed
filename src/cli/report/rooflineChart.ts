/** @file The chart of a roofline: log-log, the roof over the fusions' dots. */
import { axisX, axisY, dot, line, type Markish, type PlotOptions, ruleX, text } from "@observablehq/plot";
import { type Roofline, ridgeIntensity, roofAt } from "../../../sim/roofline.js";
import { formatMagnitude, formatRate } from "../../units/quantity.js";
import { nameMark, namesWithRoom } from "./dotNames.js";
import { isNarrow } from "./figure.js";
import type { Palette } from "./palette.js";

/** Equal fusions. */
export interface RooflineDot {
  /** FLOPs for each byte. */
  readonly intensity: number;
  /** FLOP/s. */
  readonly reached: number;
  /** All of them together. */
  readonly seconds: number;
  /** What its colour stands for. */
  readonly part: string;
  readonly name: string;
  readonly title: string;
}

export interface RooflineChart {
  readonly roofline: Roofline;
  /** At least one. */
  readonly dots: readonly RooflineDot[];
  readonly stepSeconds: number;
  readonly palette: Palette;
}

/** Radius of a dot whose fusions would be the whole step. */
const radiusOf = (width: number) => (isNarrow(width) ? 40 : 64);
const heightOf = (width: number) => (isNarrow(width) ? 300 : 420);
const MARGIN = { left: 74, right: 12, top: 24, bottom: 40 };

type Range = readonly [from: number, to: number];

interface Ranges {
  readonly intensity: Range;
  readonly reached: Range;
}

/** The dots with some room around them, and the ridge with ten times as much on either side. */
function rangesOf({ roofline, dots }: RooflineChart): Ranges {
  const ridge = ridgeIntensity(roofline);
  const intensities = dots.map(({ intensity }) => intensity);
  const lowest = Math.min(...dots.map(({ reached }) => reached));
  return {
    intensity: [Math.min(...intensities, ridge / 10) / 2, Math.max(...intensities, ridge * 10) * 2],
    reached: [lowest / 2, roofline.peakFlopsPerSecond * 1.6],
  };
}

/** How far an amount is along a logarithmic axis. */
const along = (amount: number, [from, to]: Range) => Math.log(amount / from) / Math.log(to / from);

/** Names of the dots that take most time, where there is room for them. */
function nameMarks({ dots, stepSeconds }: RooflineChart, ranges: Ranges, width: number): readonly Markish[] {
  const across = width - MARGIN.left - MARGIN.right;
  const down = heightOf(width) - MARGIN.top - MARGIN.bottom;
  const drawn = dots.map((it) => ({
    ...it,
    x: along(it.intensity, ranges.intensity) * across,
    y: (1 - along(it.reached, ranges.reached)) * down,
    radius: radiusOf(width) * Math.sqrt(it.seconds / stepSeconds),
  }));
  return namesWithRoom(drawn, across, down).map((it) => nameMark(it, { x: it.intensity, y: it.reached }));
}

/** The roof, and where it bends. */
function roofMarks({ roofline }: RooflineChart, [from, to]: Range): readonly Markish[] {
  const ridge = ridgeIntensity(roofline);
  const { peakFlopsPerSecond } = roofline;
  const roof = [from, ridge, to].map((intensity) => ({ intensity, reached: roofAt(intensity, roofline) }));
  return [
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
  ];
}

/** Words for powers of ten; the ticks between them have none. */
function decade(words: (tick: number) => string): (tick: number) => string {
  return (tick) => (Math.abs(Math.log10(tick) % 1) < 1e-9 ? words(tick) : "");
}

export function rooflineChart(chart: RooflineChart): (width: number) => PlotOptions {
  const { dots, stepSeconds, palette } = chart;
  const ranges = rangesOf(chart);
  return (width) => ({
    width,
    height: heightOf(width),
    marginLeft: MARGIN.left,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    x: { type: "log", domain: ranges.intensity, label: "FLOPs for each byte moved" },
    y: { type: "log", domain: ranges.reached, label: null },
    r: { type: "sqrt", domain: [0, stepSeconds], range: [0, radiusOf(width)] },
    color: { domain: palette.domain, range: palette.range },
    marks: [
      axisX({ ticks: isNarrow(width) ? 4 : 8, tickFormat: decade(formatMagnitude) }),
      axisY({ ticks: 6, tickFormat: decade((tick) => formatRate(tick, "FLOP/s")) }),
      ...roofMarks(chart, ranges.intensity),
      dot(dots, {
        x: "intensity",
        y: "reached",
        r: "seconds",
        fill: "part",
        fillOpacity: 0.55,
        stroke: "part",
        title: "title",
        sort: { channel: "-r" },
      }),
      ...nameMarks(chart, ranges, width),
    ],
  });
}
