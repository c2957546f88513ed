/**
 * @file Runs the passes in order: program → fusions → layouts → scattered sums → rematerialisation → memory and time.
 */
import type { Program } from "../src/program/types.js";
import { compilerLimit } from "./compilerLimit.js";
import { fuse } from "./fuse.js";
import { type AcceleratorProfile, fusionRules } from "./hardware.js";
import { type LaidOutProgram, layOut } from "./layout.js";
import { type MemoryTimeline, memoryTimeline, type Peak, peak } from "./memory.js";
import type { Verdict } from "./prediction.js";
import { mostTemporaryBytes, rematerialize } from "./rematerialize.js";
import { scatter } from "./scatter.js";
import { type FusionTime, stepTimes } from "./time.js";
import { delayWholeSums } from "./wholeSums.js";

export interface Memory {
  /** As it is run: with what the compiler computes a second time in its schedule. */
  readonly program: LaidOutProgram;
  /** Steps of the schedule that the compiler has added. */
  readonly recomputed: ReadonlySet<number>;
  readonly timeline: MemoryTimeline;
  readonly peak: Peak;
}

export interface Simulation extends Memory {
  /** Times of the fusions of `program.schedule`, in order. */
  readonly times: readonly FusionTime[];
}

const laidOut = (source: Program, chip: AcceleratorProfile): LaidOutProgram =>
  scatter(layOut(fuse(delayWholeSums(source, chip), fusionRules(chip)), chip));

/** Bytes of temporaries beyond what the compiler would leave as they are; at most 0 where it recomputes nothing. */
export function excessBytes(source: Program, chip: AcceleratorProfile): number {
  const program = laidOut(source, chip);
  return mostTemporaryBytes(program) - compilerLimit(program, chip);
}

/** More than this times the capacity alive at a step, with nothing left to recompute, does not come to fit. */
const HOPELESS = 1.5;

/** The passes that memory needs. */
function memoryOf(source: Program, chip: AcceleratorProfile, hopelessBytes?: number): Memory {
  const { program, added } = rematerialize(laidOut(source, chip), chip, hopelessBytes);
  const timeline = memoryTimeline(program);
  return { program, recomputed: added, timeline, peak: peak(timeline) };
}

/**
 * The memory of a step, for the question whether it fits: how much a program needs that is far too large for the compiler to
 * make it fit is not found out to the last byte.
 */
export function fitMemoryOf(source: Program, chip: AcceleratorProfile): Memory {
  return memoryOf(source, chip, HOPELESS * chip.usableMemoryBytes.value);
}

/** Whether a program fits, and whether only because the compiler recomputes. */
export function verdictOf({ peak: { peakBytes }, recomputed }: Memory, chip: AcceleratorProfile): Verdict {
  if (peakBytes > chip.usableMemoryBytes.value) return "does-not-fit";
  return recomputed.size > 0 ? "fits-with-recompute" : "fits";
}

/** Simulates one step of a program on one device of `chip`. */
export function simulate(source: Program, chip: AcceleratorProfile): Simulation {
  const memory = memoryOf(source, chip);
  return { ...memory, times: stepTimes(memory.program, chip) };
}
