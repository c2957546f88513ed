/** @file The largest tensors of a step's worst moment, as lines. */
import type { MemoryReport } from "../../../../sim/memoryReport.js";
import { formatBytes } from "../../../units/quantity.js";
import { type AlikeTensors, alikeTensors, tensorWords } from "../../alikeTensors.js";
import type { Colors } from "../../terminal.js";
import { windowOf } from "../window.js";
import { endOf } from "./words.js";

const known = new WeakMap<MemoryReport, readonly AlikeTensors[]>();

/** Those of different blocks together; found once for each report, as there are thousands. */
export function alikeOf(report: MemoryReport): readonly AlikeTensors[] {
  const alike = known.get(report) ?? alikeTensors(report.tensors);
  known.set(report, alike);
  return alike;
}

const GAP = "  ";

/** Narrower screens have no column for the padding, which is told of the selected tensors only. */
const PADDING_FROM_COLUMNS = 100;

/** `workspace: 200 MiB each, 150 MiB without padding, 1.2 GiB together` */
function selectedWords({ tensor, count }: AlikeTensors): string {
  const { category, bytes, paddedBytes } = tensor;
  const together = count > 1 ? `, ${formatBytes(count * paddedBytes)} together` : "";
  const padding = paddedBytes > bytes ? `, ${formatBytes(bytes)} without padding` : ", no padding";
  return `${category}: ${formatBytes(paddedBytes)}${count > 1 ? " each" : ""}${padding}${together}`;
}

interface View {
  readonly width: number;
  readonly rows: number;
  readonly colors: Colors;
}

/** A line for each that there is room for, the selected one among them, and at the end a line about that one. */
export function tensorLines(
  report: MemoryReport,
  selected: number,
  { width, rows, colors: { bold, dim } }: View,
): readonly string[] {
  const alike = alikeOf(report);
  const { from, to } = windowOf(selected, alike.length, rows - 1);
  const words = alike.slice(from, to).map((it) => {
    const row = tensorWords(it);
    return width < PADDING_FROM_COLUMNS ? { ...row, padding: "" } : row;
  });
  const widest = (of: (row: (typeof words)[number]) => string) =>
    Math.max(0, ...words.map((row) => of(row).length));
  const [sizes, types, paddings] = [widest((r) => r.size), widest((r) => r.type), widest((r) => r.padding)];
  const room = width - "▸ ".length - sizes - types - paddings - 3 * GAP.length;
  const lines = words.map(({ size, type, padding, place }, i) => {
    const cells = [size.padStart(sizes), type.padEnd(types), padding.padStart(paddings)];
    const text = [...cells, endOf(place, room)].join(GAP);
    return from + i === selected ? bold(`▸ ${text}`) : `  ${text}`;
  });
  const tensor = alike[selected];
  return tensor ? [...lines, dim(`  ${selectedWords(tensor)}`)] : lines;
}
