/**
 * @file The compiler's own rematerialisation: above its memory limit XLA computes values again instead of keeping them.
 *
 * This is XLA's HloRematerialization (hlo_rematerialization.cc), on fusions: walk through the schedule, and wherever
 * more is alive than the limit allows, let the step of the past run again, right before its next reader, that frees
 * most until then. What that step reads has to stay for it, which counts against it; and if no single step helps, a
 * few consecutive ones may.
 */
import { compilerLimit } from "./compilerLimit.js";
import type { TpuProfile } from "./hardware.js";
import type { LaidOutProgram } from "./layout.js";
import { type Step, UsageTracker } from "./usageTracker.js";

export interface Rematerialized {
  readonly program: LaidOutProgram;
  /** Steps of its schedule that run a second time. */
  readonly recomputed: ReadonlySet<number>;
}

/** Steps that write less than this share of the limit are not considered: there are thousands. */
const WORTHWHILE_SHARE = 1 / 1000;

/** Consecutive steps that are tried together when no single one helps. */
const LARGEST_BLOCK = 1;

/** The compiler counts whole multiples of a saving in the limit, and of equal ones takes the earliest. */
const cost = (saved: number, limitBytes: number) => Math.floor(limitBytes / saved);

/** Collectives do not run twice, because all devices take part in them; nor does what would move for ever. */
const canRecompute = ({ fusion, settled }: Step) => fusion.kind !== "collective" && !settled;

/** The `least` to `most` consecutive steps of the past whose recomputation frees most. */
function bestBlock(
  tracker: UsageTracker,
  limitBytes: number,
  least: number,
  most: number,
): readonly Step[] | undefined {
  const placed = tracker.placed;
  let best: readonly Step[] | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  placed.forEach((start, i) => {
    if (tracker.writtenBytes(start) < limitBytes * WORTHWHILE_SHARE) return;
    for (let size = least; size <= most && i + size <= placed.length; size++) {
      const block = placed.slice(i, i + size);
      if (!block.every(canRecompute)) return;
      const saved = tracker.savedByRecomputing(block);
      if (saved <= 0 || cost(saved, limitBytes) >= lowest) continue;
      lowest = cost(saved, limitBytes);
      best = block;
    }
  });
  return best;
}

/** Recomputes until no step has more alive than the compiler's limit, or nothing helps any more. */
export function rematerialize(program: LaidOutProgram, chip: TpuProfile): Rematerialized {
  const limitBytes = compilerLimit(program, chip);
  const tracker = new UsageTracker(program);
  for (let step = tracker.first; step; step = step.next) {
    tracker.begin(step);
    let [least, most] = [1, 1];
    while (tracker.usage > limitBytes && most <= LARGEST_BLOCK) {
      const block = bestBlock(tracker, limitBytes, least, most);
      // Last step first: its copy has to be there before those of the steps it reads can be placed in front of it.
      if (block) for (const item of [...block].reverse()) tracker.recompute(item);
      [least, most] = block ? [1, 1] : [most + 1, 2 * most];
    }
    tracker.end(step);
  }
  return tracker.finish(program);
}
