/** @file What is alive at the cursor: the legend of the chart, with figures. */
import type { MemoryMoment, MemoryReport } from "../../../../sim/memoryReport.js";
import { formatBytes, formatSeconds, formatShare } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import { swatch } from "../texture.js";
import { type Bands, OTHERS } from "./memoryChart.js";
import { fillOf } from "./memoryFills.js";
import { worstMoment } from "./memoryMoments.js";

interface MomentPanelProps {
  readonly report: MemoryReport;
  readonly moment: MemoryMoment;
  readonly bands: Bands;
  readonly width: number;
  readonly height: number;
}

const SWATCH_COLUMNS = 2;
const BYTES_COLUMNS = 10;
const SHARE_COLUMNS = 7;

interface Row {
  readonly name: string;
  readonly bytes: number;
  /** The texture that it is drawn with. */
  readonly mark: string;
}

function rowLine({ name, bytes, mark }: Row, total: number, width: number): string {
  const figures = `${formatBytes(bytes).padStart(BYTES_COLUMNS)} ${formatShare(bytes / total).padStart(SHARE_COLUMNS)}`;
  const room = width - SWATCH_COLUMNS - 1 - figures.length;
  return `${mark} ${name.slice(0, Math.max(0, room)).padEnd(room)}${figures}`;
}

/** Others with less than this share of all are scalars. */
const WORTH_A_LINE = 5e-4;

/** From the highest area to the lowest, as they lie in the chart. */
function rowsOf({ parts, bytes }: MemoryMoment, { names, others }: Bands, colors: Colors): readonly Row[] {
  const mark = (name: string) => {
    const { texture, paint } = fillOf(name, colors);
    const text = swatch(texture, SWATCH_COLUMNS);
    return paint ? paint(text) : text;
  };
  const row = (name: string, drawnAs: string): Row => {
    return { name, bytes: parts[name] ?? 0, mark: mark(drawnAs) };
  };
  const worthwhile = others.filter((name) => (parts[name] ?? 0) >= WORTH_A_LINE * bytes);
  return [
    ...worthwhile.map((name) => row(name, OTHERS)),
    ...names.toReversed().map((name) => row(name, name)),
  ];
}

/** `1.27 GiB free of 15.48 GiB` */
function roomWords(bytes: number, capacityBytes: number, { red, green }: Colors): string {
  const capacity = formatBytes(capacityBytes);
  return bytes > capacityBytes
    ? red(`✗ ${formatBytes(bytes - capacityBytes)} more than ${capacity}`)
    : green(`✓ ${formatBytes(capacityBytes - bytes)} free of ${capacity}`);
}

export function MomentPanel({ report, moment, bands, width, height }: MomentPanelProps) {
  const colors = useColors();
  const { bytes, seconds } = moment;
  const worst = worstMoment(report);
  const below = `${formatBytes(worst.bytes - bytes)} below the worst`;
  const lines = [
    `${colors.bold(formatBytes(bytes))}, ${moment === worst ? "the worst moment" : below}`,
    roomWords(bytes, report.capacityBytes, colors),
    ...rowsOf(moment, bands, colors).map((row) => rowLine(row, bytes, width)),
  ];
  return (
    <Panel title={`At ${formatSeconds(seconds)} of the step`} width={width} height={height}>
      <CutLines lines={lines.slice(0, Math.max(0, height - 1))} />
    </Panel>
  );
}
