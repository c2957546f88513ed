/** @file A host profile from what was measured, and how two calibrations differ. */
import { median } from "mathjs";
import type { HostProfile } from "./hardware.js";
import type { HostFit } from "./hostFit.js";
import { workSeconds } from "./hostTime.js";
import type { HostMachine } from "./staleness.js";

/** Classes whose predictions are off by more, in the median, are worth a warning. */
export const POOR_MEDIAN_ERROR = 0.2;

/** A profile of this computer from what was measured on it. */
export function calibratedProfile(
  base: HostProfile,
  { seconds, overhead, qualities, measurements }: HostFit,
  machine: HostMachine,
  {
    name,
    memoryBytes,
    measured,
  }: { readonly name: string; readonly memoryBytes: number; readonly measured: string },
): HostProfile {
  const source = `measured on ${measured.slice(0, 10)} with ${machine.backend} ${machine.backendVersion}`;
  const highest = (rates: readonly number[]) => Math.max(...rates);
  const flopsPerSecond = highest(
    measurements.map(({ amounts, seconds: took }) => (amounts.flops ?? 0) / took),
  );
  const streamed = measurements.filter(({ workClass, amounts }) => workClass === "add" && amounts.bytes);
  const largest = highest(streamed.map(({ amounts }) => amounts.bytes!));
  const bytesPerSecond = highest(
    streamed
      .filter(({ amounts }) => amounts.bytes === largest)
      .map(({ amounts, seconds: took }) => amounts.bytes! / took),
  );
  return {
    ...base,
    name,
    description: `this computer: ${machine.processor}, ${machine.threads} thread${machine.threads === 1 ? "" : "s"}, ${machine.backend}`,
    usableMemoryBytes: { value: memoryBytes, source: "all the memory that this computer has" },
    memoryBytesPerSecond: { value: bytesPerSecond, source: `${source}: the largest addition` },
    flopsPerSecond: { value: flopsPerSecond, source: `${source}: the fastest product` },
    seconds,
    overhead,
    calibration: { ...machine, measured, classes: qualities },
  };
}

/**
 * How much longer (or, below zero, shorter) one profile has it that operations take than another: over the operations
 * that were measured, weighted by their time; and the median of the same by class of kernels.
 */
export function calibrationDifference(
  from: HostProfile,
  to: HostProfile,
  measurements: HostFit["measurements"],
): { readonly together: number; readonly medianOfClasses: number } {
  const total = (profile: HostProfile, of: HostFit["measurements"]) =>
    of.reduce((sum, { count, ...work }) => sum + count * workSeconds(work, profile.seconds), 0);
  const classes = [...new Set(measurements.map(({ workClass }) => workClass))];
  const byClass = classes.map((name) => {
    const own = measurements.filter(({ workClass }) => workClass === name);
    return total(to, own) / total(from, own) - 1;
  });
  return {
    together: total(to, measurements) / total(from, measurements) - 1,
    medianOfClasses: median(byClass.map(Math.abs)),
  };
}
