/** @file Whether a calibration still says something of the computer it was made on. */
import type { HostCalibration } from "./hardware.js";

/** The computer, and what runs programs on it. */
export type HostMachine = Pick<HostCalibration, "backend" | "backendVersion" | "processor" | "threads">;

const words: Readonly<Record<keyof HostMachine, string>> = {
  backend: "backend",
  backendVersion: "version of the backend",
  processor: "processor",
  threads: "number of threads",
};

/** Why a calibration says nothing of this machine, if it does not: what is another one now. */
export function staleness(calibration: HostMachine, now: HostMachine): readonly string[] {
  return (Object.keys(words) as (keyof HostMachine)[])
    .filter((what) => calibration[what] !== now[what])
    .map((what) => `another ${words[what]}: ${calibration[what]} then, ${now[what]} now`);
}
