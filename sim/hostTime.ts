/**
 * @file How long the host takes for a program: for each step the profile's seconds of its class of kernels, times the amounts
 * of work; and what comes on top of all of them.
 */
import type { HostProgram } from "../src/program/hostMemory.js";
import type { HostProfile } from "./hardware.js";
import type { AmountName } from "./hostAmounts.js";
import { type HostWork, hostWork } from "./hostWork.js";

/** Seconds for each amount of work of one class of kernels. */
export type AmountSeconds = Readonly<Partial<Record<AmountName, number>>>;

/** The class whose seconds are taken for one that calibration never met: it reads and writes everything once. */
const UNKNOWN_CLASS = "add";

/**
 * Seconds of some work. A special case that is not in the profile is taken as the ordinary one, and a class that is not as
 * additions of as many bytes.
 */
export function workSeconds({ workClass, amounts }: HostWork, seconds: HostProfile["seconds"]): number {
  const [ordinary] = workClass.split(",") as [string];
  const known: AmountSeconds = seconds[workClass] ?? seconds[ordinary] ?? seconds[UNKNOWN_CLASS] ?? {};
  return Object.entries(amounts).reduce(
    (total, [name, amount]) => total + amount * (known[name as AmountName] ?? 0),
    0,
  );
}

/** Seconds of each of the steps that a program is run in, by itself; constants, made beforehand, take none. */
export function hostStepSeconds(run: HostProgram, host: HostProfile): readonly number[] {
  return run.steps.map((step) => {
    const work = hostWork(run, step);
    return work ? workSeconds(work, host.seconds) : 0;
  });
}

/**
 * Seconds that a training step takes beyond those of its steps one by one: what JavaScript collects as garbage, and the waits
 * that hit some operation or other in every step but none of them in most.
 *
 * @param seconds of all steps together
 * @param calls how many steps of the program run something
 */
export function overheadSeconds(
  { overhead }: Pick<HostProfile, "overhead">,
  seconds: number,
  calls: number,
): number {
  return overhead.share * seconds + overhead.secondsPerCall * calls;
}
