/** @file The fusions of a roofline as a list, and what there is to say of the selected one. */
import { arithmeticIntensity, type Bound } from "../../../../sim/fusionCosts.js";
import { type Roofline, type RooflinePoint, roofAbove, secondsAtRoof } from "../../../../sim/roofline.js";
import type { Phase } from "../../../program/types.js";
import { formatBytes, formatMagnitude, formatSeconds, formatShare } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { windowOf } from "../window.js";
import type { ShownFusions } from "./rooflineKeys.js";
import { endOf, intensityText } from "./words.js";

interface View {
  readonly width: number;
  readonly rows: number;
  readonly colors: Colors;
}

/** What programs call the phases where there is no room for words. */
const phaseWords: Readonly<Record<Phase, string>> = {
  forward: "fwd",
  recompute: "again",
  backward: "bwd",
  update: "update",
};

const KIND_COLUMNS = "convolution".length;
const PHASE_COLUMNS = "update".length;

/** Time of all, share of the step, and of the roof's speed. */
const [SECONDS, SHARE, ROOF] = [8, 8, 8];

export const fusionHeading = ({ colors }: Pick<View, "colors">) =>
  colors.dim(
    `  ${"time".padStart(SECONDS)}${"of step".padStart(SHARE)}${"of roof".padStart(ROOF)}  ${"kind".padEnd(KIND_COLUMNS)} ${"phase".padEnd(PHASE_COLUMNS)} place`,
  );

function fusionLine(point: RooflinePoint, roof: Roofline, stepSeconds: number, width: number): string {
  const { seconds, count, kind, phase, place } = point;
  const figures = [
    formatSeconds(count * seconds).padStart(SECONDS),
    formatShare((count * seconds) / stepSeconds).padStart(SHARE),
    formatShare(secondsAtRoof(point, roof) / seconds).padStart(ROOF),
  ].join("");
  const words = `${kind.padEnd(KIND_COLUMNS)} ${phaseWords[phase].padEnd(PHASE_COLUMNS)}`;
  const before = `${figures}  ${words} `;
  const room = Math.max(0, width - before.length - "▸ ".length);
  return `${before}${endOf(place.replace(`${phase}/`, ""), room)}`;
}

/** A line for each that there is room for, the selected one among them. */
export function fusionLines(
  { points, selected }: ShownFusions,
  roof: Roofline,
  stepSeconds: number,
  { width, rows, colors: { bold } }: View,
): readonly string[] {
  const { from, to } = windowOf(selected, points.length, rows);
  return points.slice(from, to).map((point, i) => {
    const line = fusionLine(point, roof, stepSeconds, width);
    return from + i === selected ? bold(`▸ ${line}`) : `  ${line}`;
  });
}

/** What bounds a fusion, in a sentence. */
const boundWords: Readonly<Record<Bound, string>> = {
  "matrix unit": "the matrix unit",
  "vector unit": "the vector unit",
  memory: "memory",
  links: "the links between chips",
  lookups: "lookups, row by row",
  issue: "being issued",
};

/** Which it is, how far it is from its roof, and what bounds it. */
export function fusionDetails(point: RooflinePoint, roof: Roofline, stepSeconds: number): readonly string[] {
  const { place, seconds, count, flops, bytes, bound } = point;
  const least = secondsAtRoof(point, roof);
  const gain = count * Math.max(0, seconds - least);
  const side = roofAbove(point, roof) === "memory" ? "memory's roof" : "the peak";
  const intensity = flops === 0 ? "no FLOPs" : `${intensityText(arithmeticIntensity(point))} FLOP/B`;
  return [
    `${count > 1 ? `${count} × ` : ""}${place}, ${formatMagnitude(flops)}FLOP, ${formatBytes(bytes)}`,
    `${intensity}, below ${side}: ${formatSeconds(seconds)}${count > 1 ? " each" : ""}, ${formatSeconds(least)} at the roof`,
    `bound by ${boundWords[bound]}; at the roof the step would be shorter by ${formatSeconds(gain)}, ${formatShare(gain / stepSeconds)}`,
  ];
}
