/** @file Where a prediction's memory and time go, as the parts of bars. */
import type { MemoryPrediction, TimePart } from "../../sim/prediction.js";
import { formatBytes, formatSeconds } from "../units/quantity.js";
import { type Bar, WORTH_A_LINE } from "./bars.js";

export const bytesBar = (name: string, bytes: number): Bar => ({
  name,
  amount: bytes,
  text: formatBytes(bytes),
});

/** Categories of one device's memory, in bytes. */
export const memoryBars = ({ parts, peakBytes }: MemoryPrediction): readonly Bar[] =>
  parts
    .filter(({ bytes }) => bytes >= WORTH_A_LINE * peakBytes)
    .map(({ name, bytes }) => bytesBar(name, bytes));

/** What they are to be within. */
export const capacityBar = ({ capacityBytes }: Pick<MemoryPrediction, "capacityBytes">): Bar =>
  bytesBar("capacity", capacityBytes);

/** Parts of a step's or a run's time, in seconds. */
export const timeBars = (parts: readonly TimePart[]): readonly Bar[] =>
  parts.map(({ name, seconds }) => ({ name, amount: seconds, text: formatSeconds(seconds) }));
