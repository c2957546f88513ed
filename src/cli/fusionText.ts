/** @file A report on one fusion as text. */
import type { FusionReport, TouchedBuffer } from "../../sim/fusionReport.js";
import type { Product } from "../../sim/matrixUnit.js";
import type { VectorWork } from "../../sim/vectorUnit.js";
import { formatCount, formatPercent } from "../units/quantity.js";
import { table } from "./table.js";
import type { Terminal } from "./terminal.js";

type View = Pick<Terminal, "colors" | "width">;

/** To a tenth, as `--pass time` has them. */
const microseconds = (seconds: number) => `${(seconds * 1e6).toFixed(1)} µs`;

function bufferRow({ value, type, layout, paddedBytes, paddingShare }: TouchedBuffer): readonly string[] {
  const padding = paddingShare > 0 ? `${formatPercent(paddingShare)} padding` : "";
  return [`  %${value}`, `${type}${layout}`, `${formatCount(paddedBytes)} bytes`, padding];
}

const bufferTable = (buffers: readonly TouchedBuffer[], view: View) =>
  table(
    [{ heading: "" }, { heading: "" }, { heading: "", align: "right" }, { heading: "" }],
    buffers.map(bufferRow),
    view,
  );

/** `25,088 × 384 by 384 × 1,536`, and how many of these. */
function productText({ batch, m, n, k }: Product): string {
  const times = batch > 1 ? `${formatCount(batch)} times ` : "";
  return `${times}${formatCount(m)} × ${formatCount(k)} by ${formatCount(k)} × ${formatCount(n)}`;
}

const workText = ({ work, elements, registerCycles }: VectorWork) =>
  `${work}: ${formatCount(Math.round(elements))} elements, ${registerCycles} cycles a register`;

function timeTable({ time, vectorWork, bytes, product }: FusionReport, view: View): string {
  const [first = "", ...others] = vectorWork.filter(({ elements }) => elements > 0).map(workText);
  const units = [
    ...(product ? [["  matrix unit", microseconds(time.matrix), productText(product)]] : []),
    ["  vector unit", microseconds(time.vector), first],
    ...others.map((work) => ["", "", work]),
    ["  memory", microseconds(time.memory), `${formatCount(bytes)} bytes`],
  ];
  return table([{ heading: "" }, { heading: "", align: "right" }, { heading: "" }], units, view);
}

export function fusionText(report: FusionReport, view: View): string {
  const { number, count, kind, place, reads, operations, writes, time, vectorWork } = report;
  const { colors } = view;
  const isCollective = vectorWork.length === 0;
  const sections = [
    [
      `fusion ${formatCount(number)} of 0 to ${formatCount(count - 1)}: ${colors.bold(kind)} in ${colors.bold(place)}`,
    ],
    [colors.bold("reads"), bufferTable(reads, view)],
    ...(operations.length > 0
      ? [[colors.bold("computes"), ...operations.map((operation) => `  ${operation}`)]]
      : []),
    [colors.bold("writes"), bufferTable(writes, view)],
    [colors.bold(`takes ${microseconds(time.seconds)}`), ...(isCollective ? [] : [timeTable(report, view)])],
  ];
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}
