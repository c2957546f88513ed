/**
 * @file The fewest chips of a kind with which a batch fits.
 */
import { defaultPlan } from "../src/transforms/plan.js";
import { UserError } from "../src/units/userError.js";
import { type AcceleratorProfile, type HardwareLike, loadHardware } from "./hardware.js";
import type { Prediction } from "./prediction.js";
import type { AnyQuery } from "./query.js";
import { stepMemory } from "./stepMemory.js";

/** The search ends here: a whole TPU v4 machine (arXiv 2304.01433). */
const MOST_DEVICES = 4096;

/** A number of devices, and the chips that they are. */
export interface Chips {
  /** What XLA calls a device: a core of some chips, a whole one of others. */
  readonly devices: number;
  /** Devices over devices of a chip. */
  readonly chips: number;
}

/** Numbers of devices. */
export interface ChipRange {
  /** Where to begin; at one chip unless something is known of smaller batches. */
  readonly from?: number;
  /** Where the answer is likely; at the beginning unless something is known. */
  readonly near?: number;
  /** So many would be no news. */
  readonly below?: number;
}

/** @throws UserError for a computer, which cannot be had in slices */
export function loadAccelerator(hardware: HardwareLike): AcceleratorProfile {
  const profile = loadHardware(hardware);
  if (profile.kind === "host")
    throw new UserError(
      `${profile.name}: slices of it there are none; say an accelerator of \`willfit hardware\``,
    );
  return profile;
}

/** Twice, four times … a chip's devices among which the batch and its microbatches divide. */
function candidates(
  { globalBatch, plan: { microbatches = defaultPlan.microbatches } = {} }: AnyQuery,
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
 * less memory each needs.
 *
 * @throws UserError for an unknown model, or a machine that is no accelerator
 */
export function fewestChips(query: AnyQuery, range: ChipRange = {}): Chips | undefined {
  const profile = loadAccelerator(query.hardware);
  const perChip = profile.devicesPerChip.value;
  const counts = candidates(query, perChip, range);
  const fits = (index: number) => {
    const plan = { ...query.plan, devices: counts[index]! };
    return stepMemory({ ...query, plan }, profile).verdict !== "does-not-fit";
  };
  if (counts.length === 0) return undefined;
  const { near = 0 } = range;
  const likely = counts.findIndex((devices) => devices >= near);
  let found = likely === -1 ? counts.length - 1 : likely;
  if (fits(found)) {
    while (found > 0 && fits(found - 1)) found--;
  } else {
    // One after the other: with a chunked loss a program is as long as there are devices.
    do found++;
    while (found < counts.length && !fits(found));
  }
  const devices = counts[found];
  return devices === undefined ? undefined : { devices, chips: devices / perChip };
}

/** What stays on every device however many there are. */
const stateNames: ReadonlySet<string> = new Set([
  "parameters",
  "frozen weights",
  "optimizer state",
  "model state",
]);

/**
 * About how many devices a prediction's batch needs on a machine, if all but the state divides among them; undefined when the
 * state alone is too much.
 */
export function likelyDevices(
  { memory, devices }: Prediction,
  profile: AcceleratorProfile,
): number | undefined {
  const state = memory.parts
    .filter(({ name }) => stateNames.has(name))
    .reduce((total, { bytes }) => total + bytes, 0);
  const room = profile.usableMemoryBytes.value - state;
  return room > 0 ? (devices * (memory.peakBytes - state)) / room : undefined;
}
