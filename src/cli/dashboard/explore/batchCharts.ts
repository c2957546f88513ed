/** @file Step time and memory against the batch: two charts over one axis of powers of two. */
import type { LargestBatches } from "../../../../sim/limits.js";
import type { Prediction } from "../../../../sim/prediction.js";
import { formatBytes, formatSeconds } from "../../../units/quantity.js";
import type { Colors } from "../../terminal.js";
import { verdictColor } from "../../verdictWords.js";
import { type Axis, axisOf } from "../axis.js";
import { AXIS_COLUMNS, ticksOf, withTicks } from "../chart.js";
import { type BatchAxis, batchLabels, batchRule, type Place, placeAmong } from "./batchAxis.js";
import { type BatchSlot, pointMarks } from "./batchPoints.js";
import { type Point, pointRows, type Upright } from "./pointChart.js";

export interface BatchCharts {
  readonly slots: readonly BatchSlot[];
  readonly largest?: LargestBatches;
  readonly selected: number;
}

export interface ChartsRoom {
  readonly width: number;
  /** Of the upper chart, step time. */
  readonly time: number;
  /** Of the lower one, memory, with the batches below it. */
  readonly memory: number;
}

export interface ChartsLines {
  readonly time: readonly string[];
  readonly memory: readonly string[];
}

/** The largest batch, and the largest with nothing recomputed, as lines in the charts. */
export const LARGEST = "┃";
export const UNRECOMPUTED = "┊";

/** Narrower charts tell nothing. */
const NARROWEST = 12;

/** A quantity of a prediction over its own axis. */
interface Curve {
  readonly value: (prediction: Prediction) => number;
  readonly limit?: number;
  readonly axis: Axis;
}

function timeCurve(predictions: readonly Prediction[], rows: number): Curve {
  const value = ({ time }: Prediction) => time.stepSeconds;
  return { value, axis: axisOf(predictions.map(value), ticksOf(rows), formatSeconds) };
}

/** In the capacity's own unit: ticks that are round in bytes would be in none that people read. */
function memoryCurve(predictions: readonly Prediction[], rows: number): Curve {
  const { capacityBytes } = predictions[0]!.memory;
  const unitBytes = 1024 ** Math.floor(Math.log2(capacityBytes) / Math.log2(1024));
  const unit = formatBytes(unitBytes).slice("1".length);
  const value = ({ memory }: Prediction) => memory.peakBytes / unitBytes;
  const limit = capacityBytes / unitBytes;
  const format = (amount: number) => `${Number(amount.toPrecision(3))}${unit}`;
  return { value, limit, axis: axisOf([...predictions.map(value), limit], ticksOf(rows), format) };
}

function uprightsOf(largest: LargestBatches | undefined, place: Place): readonly Upright[] {
  if (!largest) return [];
  const { largestBatch, largestBatchWithoutRecompute } = largest;
  const marks = [
    { batch: largestBatchWithoutRecompute, mark: UNRECOMPUTED },
    { batch: largestBatch, mark: LARGEST },
  ];
  return marks.filter(({ batch }) => batch > 0).map(({ batch, mark }) => ({ at: place(batch), mark }));
}

interface Frame extends BatchAxis {
  readonly known: readonly (BatchSlot & { readonly prediction: Prediction })[];
  readonly uprights: readonly Upright[];
  /** Columns of the labels to the left. */
  readonly gutter: number;
  readonly colors: Colors;
}

function curveLines({ value, limit, axis }: Curve, rows: number, frame: Frame): readonly string[] {
  const { known, place, selected, uprights, across, gutter, colors } = frame;
  const points = known.map(({ globalBatch, prediction }): Point => {
    const { verdict } = prediction.memory;
    const paint = verdictColor(verdict, colors);
    return {
      at: place(globalBatch),
      value: value(prediction),
      mark: pointMarks[verdict],
      paint: globalBatch === selected ? (text) => colors.bold(paint(text)) : paint,
    };
  });
  const chart = { points, axis, uprights, ...(limit !== undefined && { limit }) };
  return [
    ...withTicks(pointRows(chart, { across, rows }, colors), axis.ticks, gutter, colors),
    `${colors.dim(`${" ".repeat(gutter)} └`)}${batchRule(frame, colors)}`,
  ];
}

/** Lines that fill their room; none while nothing is known or where there is too little room. */
export function batchChartLines(
  { slots, largest, selected }: BatchCharts,
  room: ChartsRoom,
  colors: Colors,
): ChartsLines {
  const known = slots.filter((slot): slot is Frame["known"][number] => slot.prediction !== undefined);
  const predictions = known.map(({ prediction }) => prediction);
  // A rule below each chart, and the batches.
  const rows = { time: room.time - 1, memory: room.memory - 2 };
  if (known.length === 0 || rows.time < 1 || rows.memory < 1) return { time: [], memory: [] };
  const time = timeCurve(predictions, rows.time);
  const memory = memoryCurve(predictions, rows.memory);
  // As wide in both: what is above each other is of one batch.
  const gutter = Math.max(...[...time.axis.ticks, ...memory.axis.ticks].map(({ text }) => text.length));
  const across = room.width - gutter - AXIS_COLUMNS;
  if (across < NARROWEST) return { time: [], memory: [] };
  const batches = slots.map(({ globalBatch }) => globalBatch);
  const place = placeAmong(batches);
  const uprights = uprightsOf(largest, place);
  const frame: Frame = { batches, place, selected, across, known, uprights, gutter, colors };
  const labels = `${" ".repeat(gutter + AXIS_COLUMNS)}${batchLabels(frame, colors)}`;
  return {
    time: curveLines(time, rows.time, frame),
    memory: [...curveLines(memory, rows.memory, frame), labels],
  };
}
