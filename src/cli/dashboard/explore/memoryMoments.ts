/** @file The memory of a step at as many places of it as the screen has columns. */
import type { MemoryMoment, MemoryReport } from "../../../../sim/memoryReport.js";

/** The fullest moment of each of `count` equal parts of the step. */
export function momentsOver(
  { timeline, stepSeconds }: Pick<MemoryReport, "timeline" | "stepSeconds">,
  count: number,
): readonly MemoryMoment[] {
  const fullest: MemoryMoment[] = [];
  let at = 0;
  for (let part = 0; part < count; part++) {
    const end = ((part + 1) / count) * stepSeconds;
    let most = timeline[at]!;
    // What is alive when a part ends is still so when the next begins.
    while (at + 1 < timeline.length && timeline[at + 1]!.seconds < end) {
      at++;
      if (timeline[at]!.bytes > most.bytes) most = timeline[at]!;
    }
    fullest.push(most);
  }
  return fullest;
}

/** The part of `count` equal ones that a moment is in. */
export const partAt = (seconds: number, { stepSeconds }: Pick<MemoryReport, "stepSeconds">, count: number) =>
  Math.max(0, Math.min(count - 1, Math.floor((seconds / stepSeconds) * count)));

/** The moment that needs most. */
export const worstMoment = ({ timeline }: Pick<MemoryReport, "timeline">): MemoryMoment =>
  timeline.reduce((worst, moment) => (moment.bytes > worst.bytes ? moment : worst));
