/** @file Fusions by arithmetic intensity and speed, both logarithmic, below the roof that the chip sets. */
import { arithmeticIntensity } from "../../../../sim/fusionCosts.js";
import { type Roofline, type RooflinePoint, ridgeIntensity, roofAt } from "../../../../sim/roofline.js";
import { formatMagnitude, formatRate } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { type Axis, logarithmicAxis } from "../axis.js";
import { brailleCurve, brailleLines, DOTS_ACROSS, DOTS_DOWN, dotAt, rowAt } from "../braille.js";
import { type Cell, cellLine } from "../cells.js";
import { AXIS_COLUMNS, ROWS_A_TICK, ticksBelow, withTicks } from "../chart.js";
import type { Size } from "../size.js";
import type { ShownFusions } from "./rooflineKeys.js";
import { intensityText } from "./words.js";

/** `100 T` */
const LABEL_COLUMNS = 5;

/** What the marks mean, and the axis below with its ticks. */
const ROWS_AROUND = 3;

/** So that ticks can be told apart: `1000` and room around it. */
const COLUMNS_A_TICK = 7;

/** Narrower or lower plots tell nothing. */
const [LEAST_COLUMNS, LEAST_ROWS] = [16, 3];

/** Room beyond the ridge, where the roof is flat, and above the peak, as factors. */
const [BEYOND_RIDGE, ABOVE_PEAK] = [8, 1.5];

/** Fusions that take less of the time than this may lie beyond the ends of the axes, and are not shown then. */
const WORTH_ROOM = 1e-3;

/** A fusion with more of the time than this has a mark of its own, from the largest share to the smallest. */
const marks = [
  { share: 0.05, text: "●" },
  { share: 0.01, text: "•" },
] as const;

const rateOf = ({ flops, seconds }: RooflinePoint) => flops / seconds;

interface Axes {
  /** Of the intensity, from the left. */
  readonly x: Axis;
  /** Of the speed. */
  readonly y: Axis;
}

const totalSeconds = ({ seconds, count }: RooflinePoint) => seconds * count;

/** The same whatever fusions are shown, so that they stay where they are. */
function axesOf(roof: Roofline, { columns, rows }: Size): Axes {
  const all = roof.points.reduce((sum, point) => sum + totalSeconds(point), 0);
  const worthwhile = roof.points.filter(
    (point) => point.flops > 0 && totalSeconds(point) >= WORTH_ROOM * all,
  );
  const intensities = [ridgeIntensity(roof), ...worthwhile.map(arithmeticIntensity)];
  const rates = [roof.peakFlopsPerSecond, ...worthwhile.map(rateOf)];
  const mostIntense = Math.max(ridgeIntensity(roof) * BEYOND_RIDGE, ...intensities);
  return {
    x: logarithmicAxis(Math.min(...intensities), mostIntense, columns / COLUMNS_A_TICK, intensityText),
    y: logarithmicAxis(
      Math.min(...rates),
      roof.peakFlopsPerSecond * ABOVE_PEAK,
      rows / ROWS_A_TICK,
      formatMagnitude,
    ),
  };
}

/** A fusion in the plot, in dots from the left and the top. */
interface Place {
  readonly point: RooflinePoint;
  readonly x: number;
  readonly y: number;
}

const isWithin = (share: number) => share >= -1e-9 && share <= 1 + 1e-9;

function placesOf(points: readonly RooflinePoint[], { x, y }: Axes, { columns, rows }: Size) {
  return points.flatMap((point): readonly Place[] => {
    const [across, height] = [x.height(arithmeticIntensity(point)), y.height(rateOf(point))];
    // What computes nothing has no place on a logarithmic axis.
    if (point.flops === 0 || !isWithin(across) || !isWithin(height)) return [];
    return [{ point, x: Math.round(across * (columns * DOTS_ACROSS - 1)), y: dotAt(height, rows) }];
  });
}

const columnOf = ({ x }: Place) => Math.floor(x / DOTS_ACROSS);
const rowOf = ({ y }: Place) => Math.floor(y / DOTS_DOWN);

/** The height of the roof above each column of dots. */
function roofHeights(roof: Roofline, { x, y }: Axes, columns: number): readonly number[] {
  const dots = columns * DOTS_ACROSS;
  return Array.from({ length: dots }, (_, dot) => y.height(roofAt(x.valueAt(dot / (dots - 1)), roof)));
}

/** The plot itself: what lies in front is written last. */
function plot({ points, selected }: ShownFusions, roof: Roofline, axes: Axes, room: Size, colors: Colors) {
  const { bold, dim, cyan } = colors;
  const { columns, rows } = room;
  const heights = roofHeights(roof, axes, columns);
  const cells = brailleCurve(heights, rows).map((line): Cell[] =>
    Array.from(line, (text) => ({ text, paint: dim })),
  );
  const put = (row: number, column: number, cell: Cell) => {
    if (cells[row]?.[column]) cells[row][column] = cell;
  };
  const places = placesOf(points, axes, room);
  const dots = brailleLines(columns, rows, (dot) => {
    for (const { x, y } of places) dot(x, y);
  });
  for (const place of places) {
    const [row, column] = [rowOf(place), columnOf(place)];
    put(row, column, { text: dots[row]![column]!, paint: cyan });
  }
  const all = roof.points.reduce((sum, point) => sum + totalSeconds(point), 0);
  for (const { share, text } of marks.toReversed()) {
    for (const place of places)
      if (totalSeconds(place.point) >= share * all) put(rowOf(place), columnOf(place), { text, paint: cyan });
  }
  const chosen = places.find(({ point }) => point === points[selected]);
  if (chosen) {
    const column = columnOf(chosen);
    const top = rowAt(heights[chosen.x]!, rows);
    for (let row = top + 1; row < rowOf(chosen); row++) put(row, column, { text: "┊", paint: bold });
    put(rowOf(chosen), column, { text: "◆", paint: bold });
  }
  return cells.map(cellLine);
}

/** `                ▼ ridge 137 FLOP/B, 61.6 TFLOP/s` */
function ridgeLine(roof: Roofline, { x }: Axes, columns: number): string {
  const ridge = ridgeIntensity(roof);
  const at = Math.round(x.height(ridge) * (columns - 1));
  const words = `${intensityText(ridge)} FLOP/B, ${formatRate(roof.peakFlopsPerSecond, "FLOP/s")}`;
  const right = `${" ".repeat(at)}▼ ${words}`;
  return right.length <= columns ? right : `${words} ▼`.padStart(at + 1).slice(-columns);
}

/** Lines that fill the room; none where there is too little. */
export function rooflineChartLines(
  shown: ShownFusions,
  roof: Roofline,
  size: Size,
  colors: Colors,
): readonly string[] {
  const room = {
    columns: size.columns - LABEL_COLUMNS - AXIS_COLUMNS,
    rows: size.rows - ROWS_AROUND,
  };
  if (room.columns < LEAST_COLUMNS || room.rows < LEAST_ROWS) return [];
  const axes = axesOf(roof, room);
  const indent = " ".repeat(LABEL_COLUMNS + AXIS_COLUMNS);
  return [
    colors.bold(`${indent}${ridgeLine(roof, axes, room.columns)}`),
    ...withTicks(plot(shown, roof, axes, room, colors), axes.y.ticks, LABEL_COLUMNS, colors),
    ...ticksBelow(axes.x.ticks, room.columns, "FLOP/B").map((line) =>
      colors.dim(`${" ".repeat(LABEL_COLUMNS + 1)}${line}`),
    ),
  ];
}
