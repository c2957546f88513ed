/** @file The vertical axis of a chart: where a value lies on it, and which values are written beside it. */
import { scaleLinear, scaleLog } from "d3-scale";
import { formatBytes } from "../../units/quantity.js";

export interface Tick {
  /** From 0, the foot of the axis, to 1. */
  readonly height: number;
  readonly text: string;
}

export interface Axis {
  /** Where a value lies: from 0 to 1. */
  readonly height: (value: number) => number;
  /** What lies at a height. */
  readonly valueAt: (height: number) => number;
  readonly ticks: readonly Tick[];
}

/** A quantity that falls to less than this share of where it began would end as a flat line on an even scale. */
const LOGARITHMIC_BELOW = 0.2;

/** Ticks of a logarithmic axis begin with these digits: evenly apart to the eye, and round. */
const roundDigits = [1, 2, 5];

const isRound = (value: number) => {
  const scaled = value / 10 ** Math.floor(Math.log10(value));
  return roundDigits.some((digit) => Math.abs(scaled - digit) < 1e-6);
};

const isPowerOfTen = (value: number) => {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9;
};

/** Room above and below where all values are one, as a share of it. */
const MARGIN_OF_ONE_VALUE = 0.01;

/** Values that differ by less, as a share of them or at all, are one: their digits are noise. */
const NEGLIGIBLE_SHARE = 1e-9;
const NEGLIGIBLE = 1e-100;

/** Lowest and highest, a little apart even where they are the same. */
function extent(values: readonly number[]): readonly [low: number, high: number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > Math.max(NEGLIGIBLE, largest * NEGLIGIBLE_SHARE)) return [low, high];
  const margin = largest > NEGLIGIBLE ? largest * MARGIN_OF_ONE_VALUE : 1;
  return [low - margin, high + margin];
}

/**
 * The axis that finite `values` (one at least) need.
 *
 * @param ticks about how many; of a logarithmic axis those that are round
 * @param format what is written at each; d3-scale's own choice of digits unless given
 */
export function axisOf(values: readonly number[], ticks: number, format?: (value: number) => string): Axis {
  const [low, high] = extent(values);
  if (low > 0 && low < high * LOGARITHMIC_BELOW) {
    const scale = scaleLog([low, high], [0, 1]);
    const marked = scale.ticks().filter(isRound);
    const text = format ?? ((value: number) => String(Number(value.toPrecision(1))));
    return {
      height: scale,
      valueAt: scale.invert,
      ticks: marked.map((value) => ({ height: scale(value), text: text(value) })),
    };
  }
  const scale = scaleLinear([low, high], [0, 1]);
  const text = format ?? scale.tickFormat(ticks);
  return {
    height: scale,
    valueAt: scale.invert,
    ticks: scale.ticks(ticks).map((value) => ({ height: scale(value), text: text(value) })),
  };
}

/** From nothing to `most` bytes, with ticks that are round in the unit that people would give it in. */
export function bytesAxis(most: number, ticks: number): Axis {
  const power = Math.max(0, Math.floor(Math.log2(Math.max(1, most)) / 10));
  const unit = 1024 ** power;
  const scale = scaleLinear([0, most / unit || 1], [0, 1]);
  return {
    height: (bytes) => scale(bytes / unit),
    valueAt: (height) => scale.invert(height) * unit,
    ticks: scale.ticks(ticks).map((value) => ({ height: scale(value), text: formatBytes(value * unit) })),
  };
}

/**
 * A logarithmic axis from `low` to `high`.
 *
 * @param ticks at most: powers of ten, and where there is room those round values between them
 */
export function logarithmicAxis(
  low: number,
  high: number,
  ticks: number,
  format: (value: number) => string,
): Axis {
  const scale = scaleLog([low, high], [0, 1]);
  const round = scale.ticks().filter(isRound);
  const marked = round.length <= ticks ? round : round.filter(isPowerOfTen);
  return {
    height: scale,
    valueAt: scale.invert,
    ticks: marked.map((value) => ({ height: scale(value), text: format(value) })),
  };
}
