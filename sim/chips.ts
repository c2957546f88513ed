/**
 * @file The fewest chips of a kind with which a batch fits.
 */
import { defaultPlan } from "../src/transforms/plan.js";
import { UserError } from "../src/units/userError.js";
import { type AcceleratorProfile, loadHardware } from "./hardware.js";
import type { Query } from "./query.js";
import { stepMemory } from "./stepMemory.js";

/** The search ends here: a whole TPU v4 machine (arXiv 2304.01433). */
export const MOST_DEVICES = 4096;

export interface Chips {
  readonly devices: number;
  readonly chips: number;
}

export interface ChipRange {
  /** Where to begin; at one chip unless something is known of smaller batches. */
  readonly from?: number;
  /** So many would be no news. */
  readonly below?: number;
}

/** @throws UserError for a computer, which cannot be had in slices */
export function loadAccelerator(name: string): AcceleratorProfile {
  const profile = loadHardware(name);
  if (profile.kind === "host")
    throw new UserError(`${name}: slices of it there are none; say an accelerator`);
  return profile;
}

/** Twice, four times … a chip's devices among which the batch and its microbatches divide. */
function candidates(
  { globalBatch, plan: { microbatches = defaultPlan.microbatches } }: Query,
  devicesPerChip: number,
  { from = devicesPerChip, below = Number.POSITIVE_INFINITY }: ChipRange,
): readonly number[] {
  const found: number[] = [];
  for (let devices = devicesPerChip; devices <= MOST_DEVICES && devices < below; devices *= 2) {
    if (devices >= from && globalBatch % (devices * microbatches) === 0) found.push(devices);
  }
  return found;
}

/**
 * The fewest chips, doubled from one, with which the query's batch and plan fit; undefined when none do. The more devices, the
 * less memory each needs. Looks near the beginning first: with a chunked loss a program is as long as there are devices.
 *
 * @throws UserError for an unknown model, or a machine that is no accelerator
 */
export function fewestChips(query: Query, range: ChipRange = {}): Chips | undefined {
  const profile = loadAccelerator(query.hardware);
  const perChip = profile.devicesPerChip.value;
  const counts = candidates(query, perChip, range);
  const fits = (index: number) => {
    const plan = { ...query.plan, devices: counts[index]! };
    return stepMemory({ ...query, plan }, profile).verdict !== "does-not-fit";
  };
  // Nothing up to `low` fits; `high` is the next to try, and then the least that is known to fit.
  let [low, high] = [-1, 0];
  while (high < counts.length && !fits(high)) [low, high] = [high, Math.max(high + 1, 2 * high)];
  if (high >= counts.length) {
    high = counts.length - 1;
    if (high <= low || !fits(high)) return undefined;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  const devices = counts[high]!;
  return { devices, chips: devices / perChip };
}
