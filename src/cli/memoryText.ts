/** @file A memory report as text: the worst moment, what is alive then, and the step around it. */
import type { AliveTensor, CategoryReport, MemoryReport } from "../../sim/memoryReport.js";
import { formatBytes, formatCount, formatSeconds } from "../units/quantity.js";
import { alikeTensors, tensorWords } from "./alikeTensors.js";
import { bars, WORTH_A_LINE } from "./bars.js";
import { bytesBar, capacityBar } from "./predictionBars.js";
import { sparkline } from "./sparkline.js";
import type { Terminal } from "./terminal.js";

type View = Pick<Terminal, "colors" | "width">;

/** Scopes and tensors shown; `--json` has all of them. */
const [SCOPES, TENSORS] = [6, 12];
const WIDEST_LINE = 100;
/** A loss that takes a smaller share than this of the peak is not worth a line. */
const WORTH_SAYING = 1e-3;
/** Categories with less than this share of the peak do not say where they come from. */
const WORTH_SPLITTING = 0.02;

function scopeLines({ name, bytes, scopes }: CategoryReport, colors: View["colors"]): readonly string[] {
  const shown = scopes.slice(0, SCOPES);
  const rest = scopes.slice(SCOPES).reduce((sum, scope) => sum + scope.bytes, 0);
  const lines = shown.map((scope) => `  ${formatBytes(scope.bytes).padStart(10)}  ${scope.name}`);
  const others =
    rest > 0 ? [`  ${formatBytes(rest).padStart(10)}  ${scopes.length - SCOPES} more places`] : [];
  return [colors.bold(`${name}: ${formatBytes(bytes)}`), ...lines, ...others];
}

/** A line a tensor; where it is made goes on a line of its own where the terminal is too narrow. */
function tensorLines(tensors: readonly AliveTensor[], { colors, width }: View): readonly string[] {
  const rows = alikeTensors(tensors).slice(0, TENSORS).map(tensorWords);
  const widest = (of: (row: (typeof rows)[number]) => string) =>
    Math.max(...rows.map((row) => of(row).length));
  const [sizes, types, paddings] = [widest((r) => r.size), widest((r) => r.type), widest((r) => r.padding)];
  const places = widest((r) => r.place);
  const isWide = sizes + types + paddings + places + "        ".length <= width;
  return rows.map(({ size, type, padding, place }) => {
    const facts = `  ${size.padStart(sizes)}  ${type.padEnd(types)}  ${padding.padStart(paddings)}`;
    return isWide ? `${facts}  ${place}` : `${facts.trimEnd()}\n${" ".repeat(sizes + 4)}${colors.dim(place)}`;
  });
}

function timelineLines(report: MemoryReport, { colors, width }: View): readonly string[] {
  const { timeline, stepSeconds, peak } = report;
  const points = timeline.map(({ seconds, bytes }) => ({ at: seconds, value: bytes }));
  const line = sparkline(points, stepSeconds, peak.bytes, Math.min(width - "    ".length, WIDEST_LINE));
  return [
    colors.bold(`Over the step, ${formatSeconds(stepSeconds)}; full height is the worst moment`),
    `  ${colors.cyan(line)}`,
  ];
}

export function memoryText(report: MemoryReport, view: View): string {
  const { model, hardware, globalBatch, devices, peak, categories, tensors, lossBytes } = report;
  const { colors } = view;
  const worthwhile = categories.filter(({ bytes }) => bytes >= WORTH_A_LINE * peak.bytes);
  const sections = [
    [
      `${model}, ${formatCount(globalBatch)} examples a step on ${hardware} (${devices} devices): one device`,
      `${colors.bold(formatBytes(peak.bytes))} at the worst moment, ${formatSeconds(peak.seconds)} into the step, in ${peak.place}`,
    ],
    bars(
      worthwhile.map(({ name, bytes }) => bytesBar(name, bytes)),
      { ...view, limit: capacityBar(report) },
    ),
    timelineLines(report, view),
    ...categories
      .filter(({ bytes, scopes }) => bytes >= WORTH_SPLITTING * peak.bytes && scopes.length > 1)
      .map((category) => scopeLines(category, colors)),
    [colors.bold("Largest tensors alive then"), ...tensorLines(tensors, view)],
    ...(lossBytes > WORTH_SAYING * peak.bytes
      ? [[`The loss itself: at most ${formatBytes(lossBytes)} at once.`]]
      : []),
  ];
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}
