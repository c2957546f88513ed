/** @file Rows of a run's record as what happened in the run. */
import type { MetricsRow } from "../../../../train/metrics.js";
import type { RunFile } from "../../../../train/runFile.js";
import type { RunEvent } from "./runState.js";

/** A clock that the rows so far have moved on: what they say of durations, added up. */
export interface RecordClock {
  readonly seconds: number;
  /** Of `seconds`, what steps took and waited for. */
  readonly stepSeconds: number;
  readonly steps: number;
}

export const clockAtStart: RecordClock = { seconds: 0, stepSeconds: 0, steps: 0 };

export type RunScale = Pick<RunFile, "steps" | "plan" | "measure">;

/** What happened by a row, and the clock after it. */
function eventOfRow(
  row: MetricsRow,
  clock: RecordClock,
  { steps: all, plan, measure }: RunScale,
): { readonly event: RunEvent; readonly clock: RecordClock } {
  const epoch = row.epoch - 1;
  if (row.kind === "evaluation") {
    const { accuracy, top5, seconds } = row;
    const evaluation = { accuracy, ...(top5 !== undefined && { top5 }) };
    return {
      event: { kind: "evaluated", epoch, evaluation, measure },
      clock: { ...clock, seconds: clock.seconds + seconds },
    };
  }
  const { kind: _, waitSeconds, ...figures } = row;
  const took = row.seconds + waitSeconds;
  const steps = clock.steps + 1;
  const stepSeconds = clock.stepSeconds + took;
  const seconds = clock.seconds + took;
  const progress = {
    ...figures,
    steps: all,
    epoch,
    examplesPerSecond: (plan.globalBatch * steps) / stepSeconds,
    secondsLeft: (stepSeconds / steps) * (all - row.step),
  };
  return {
    event: { kind: "stepped", progress, endedAtSeconds: seconds },
    clock: { seconds, stepSeconds, steps },
  };
}

/** The events of some rows in a row. */
export function eventsOfRows(
  rows: readonly MetricsRow[],
  start: RecordClock,
  scale: RunScale,
): { readonly events: readonly RunEvent[]; readonly clock: RecordClock } {
  let clock = start;
  const events = rows.map((row) => {
    const next = eventOfRow(row, clock, scale);
    clock = next.clock;
    return next.event;
  });
  return { events, clock };
}
