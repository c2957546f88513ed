/** @file What each fusion of a simulated step costs: its time, the bytes it moves, the FLOPs it computes. */
import { costsOf } from "../src/ops/costs.js";
import type { Fusion } from "./fusion.js";
import type { ScheduledFusion } from "./layout.js";
import type { Simulation } from "./simulate.js";
import { bytesMoved, type FusionTime } from "./time.js";

export interface FusionCost {
  readonly fusion: Fusion;
  readonly scheduled: ScheduledFusion;
  readonly time: FusionTime;
  /** Moved between memory and chip, padding included. */
  readonly bytes: number;
  /** Of everything computed in it; a cheap value that several fusions compute counts in each. */
  readonly flops: number;
  /** Whether the compiler has added it to save memory. */
  readonly isRecomputed: boolean;
}

/** FLOPs over bytes: the x axis of a roofline. */
export function arithmeticIntensity({ flops, bytes }: Pick<FusionCost, "flops" | "bytes">): number {
  return bytes === 0 ? 0 : flops / bytes;
}

/** The fusions of the schedule, in order. */
export function fusionCosts({ program, times, recomputed }: Simulation): readonly FusionCost[] {
  const costs = costsOf(program.fused.program);
  return program.schedule.map((scheduled, step): FusionCost => {
    const { fusion } = scheduled;
    return {
      fusion,
      scheduled,
      time: times[step]!,
      bytes: bytesMoved(scheduled, program),
      flops: fusion.operations.reduce((sum, operation) => sum + costs(operation).flops, 0),
      isRecomputed: recomputed.has(step),
    };
  });
}

/** What a fusion waits for most. */
export type Bound = "matrix unit" | "vector unit" | "memory" | "links" | "lookups" | "issue";

/** What bounds a fusion, as `time.ts` has it: the matrix unit works beside the other two, which work one after the other. */
export function boundOf({ fusion: { kind }, time }: FusionCost): Bound {
  if (kind === "collective") return "links";
  const { matrix, vector, memory, seconds } = time;
  const busy = Math.max(matrix, vector + memory);
  // What is not hidden behind the longer of them is less than that; so much more is neither's.
  if (seconds - busy > busy) return kind === "gather" || kind === "scatter" ? "lookups" : "issue";
  if (matrix >= vector + memory) return "matrix unit";
  return vector > memory ? "vector unit" : "memory";
}
