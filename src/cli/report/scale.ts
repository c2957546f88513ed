/** @file Units for the axes of charts: one for all of an axis, fit for its largest amount. */
import { formatCount } from "../../units/quantity.js";

export interface AxisUnit {
  readonly name: string;
  readonly size: number;
}

function unitFor(most: number, units: readonly AxisUnit[]): AxisUnit {
  return units.findLast(({ size }) => most >= size) ?? units[0]!;
}

/** `GiB` where the most is so many. */
export const bytesUnit = (most: number): AxisUnit =>
  unitFor(most, [
    { name: "KiB", size: 2 ** 10 },
    { name: "MiB", size: 2 ** 20 },
    { name: "GiB", size: 2 ** 30 },
    { name: "TiB", size: 2 ** 40 },
  ]);

export const secondsUnit = (most: number): AxisUnit =>
  unitFor(most, [
    { name: "µs", size: 1e-6 },
    { name: "ms", size: 1e-3 },
    { name: "s", size: 1 },
  ]);

/** `4k`, `1.5k`, `1M`, as batches are written on the command line (k = 1024); `1,100` where that is shorter. */
export function batchTick(batch: number): string {
  if (batch % (512 * 1024) === 0) return `${batch / 1024 ** 2}M`;
  return batch >= 1024 && batch % 512 === 0 ? `${batch / 1024}k` : formatCount(batch);
}
