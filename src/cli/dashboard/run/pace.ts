/** @file How fast a run goes just now. */
import type { TimedStep } from "./runState.js";

/** The duration that half of the steps stay below: one step that had to wait does not move it. */
export function typicalSeconds(recent: readonly TimedStep[]): number | undefined {
  const sorted = recent.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Examples a second by the clock, with all that happens between steps. */
export function examplesPerSecondNow(recent: readonly TimedStep[], batch: number): number | undefined {
  const [first] = recent;
  const last = recent.at(-1);
  if (!first || !last) return undefined;
  const between = last.endedAtSeconds - first.endedAtSeconds;
  return between > 0 ? ((recent.length - 1) * batch) / between : batch / last.seconds;
}
