/**
 * @file Runs the passes in order: program → fusions → layouts → memory and time.
 */
import type { Program } from "../src/program/types.js";
import { fuse } from "./fuse.js";
import { fusionRules, type TpuProfile } from "./hardware.js";
import { type LaidOutProgram, layOut } from "./layout.js";
import { type MemoryTimeline, memoryTimeline, type Peak, peak } from "./memory.js";
import { type RematerializationEffort, type Rematerialized, rematerialize } from "./rematerialize.js";
import { type FusionTime, fusionTime } from "./time.js";

export interface Simulation {
  readonly program: LaidOutProgram;
  /** Times of the fusions of `program.schedule`, in order. */
  readonly times: readonly FusionTime[];
  /** As the program asks for it, before the compiler recomputes anything. */
  readonly natural: Peak;
  readonly timeline: MemoryTimeline;
  /** What is left after the compiler has recomputed as much as it needs, or can, to come under the limit. */
  readonly compiled: Rematerialized;
}

/**
 * The passes that memory needs, for questions that are about nothing else.
 *
 * @param effort see `rematerialize`
 */
export function memoryOf(
  program: Program,
  chip: TpuProfile,
  effort: RematerializationEffort = "until-it-fits",
): Omit<Simulation, "times"> {
  const laidOut = layOut(fuse(program, fusionRules(chip)), chip);
  const timeline = memoryTimeline(laidOut);
  const natural = peak(timeline);
  return {
    program: laidOut,
    natural,
    timeline,
    compiled: rematerialize(laidOut, timeline, chip.usableMemoryBytes.value, effort),
  };
}

/** Simulates one step of a program on one device of `chip`. */
export function simulate(program: Program, chip: TpuProfile): Simulation {
  const memory = memoryOf(program, chip);
  const times = memory.program.schedule.map((scheduled) => fusionTime(scheduled, memory.program, chip));
  return { ...memory, times };
}
