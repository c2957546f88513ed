/**
 * @file The compiler's own rematerialisation: above the memory limit XLA computes saved values again in the
 * backward pass instead of keeping them, and refuses the program only when that is not enough.
 *
 * First cut of XLA's HloRematerialization: while the worst moment is above the limit, the largest saved
 * buffer alive then is dropped between its last use in the forward and its first in the backward pass,
 * provided that the fusion which made it can run again, its own operands being there anyway.
 */
import type { BufferId, LaidOutProgram } from "./layout.js";
import { type Lifetime, type MemoryTimeline, type Peak, peak, usage, worstStep } from "./memory.js";

export interface Rematerialized {
  readonly peak: Peak;
  readonly timeline: MemoryTimeline;
  /** Fusions that run twice, by their position in the schedule. */
  readonly recomputed: readonly number[];
}

/** Candidates smaller than this share of the limit are not worth a second look: there are thousands. */
const WORTHWHILE_SHARE = 1 / 2000;

/** Statistics and the like: keeping them alive longer costs next to nothing. */
const SMALL_OPERAND_SHARE = 1 / 16;

interface Candidate {
  readonly lifetime: Lifetime;
  /** Last use in the forward pass and first in the backward pass. */
  readonly lastForward: number;
  readonly firstBackward: number;
}

/** Saved buffers that could be dropped and computed again. */
function candidates(
  program: LaidOutProgram,
  timeline: MemoryTimeline,
  smallest: number,
): readonly Candidate[] {
  const uses = new Map<number, number[]>();
  program.schedule.forEach(({ reads }, step) => {
    for (const id of reads) {
      const steps = uses.get(id);
      if (steps) steps.push(step);
      else uses.set(id, [step]);
    }
  });
  return timeline.temporaries.flatMap((lifetime) => {
    if (lifetime.category !== "saved activations" || lifetime.bytes < smallest) return [];
    const steps = uses.get(lifetime.buffer) ?? [];
    const firstBackward = steps.find((step) => program.schedule[step]!.fusion.phase !== "forward");
    if (firstBackward === undefined) return [];
    const lastForward = Math.max(lifetime.start, ...steps.filter((step) => step < firstBackward));
    return [{ lifetime, lastForward, firstBackward }];
  });
}

/** The compiler stops as soon as the program fits; to know the least it could need, go on as long as it helps. */
export type RematerializationEffort = "until-it-fits" | "all-it-can";

/** Drops saved values until the worst moment is within `limitBytes`, or nothing more can be dropped. */
export function rematerialize(
  program: LaidOutProgram,
  timeline: MemoryTimeline,
  limitBytes: number,
  effort: RematerializationEffort,
): Rematerialized {
  const alive = usage(timeline);
  const limit = effort === "all-it-can" ? 0 : limitBytes - timeline.argumentBytes;
  let worst = worstStep(alive);
  if (alive[worst]! <= limit) return { peak: peak(timeline), timeline, recomputed: [] };

  const pool = [...candidates(program, timeline, limitBytes * WORTHWHILE_SHARE)].sort(
    (a, b) => b.lifetime.bytes - a.lifetime.bytes,
  );
  const lifetimes = new Map(timeline.temporaries.map((lifetime) => [lifetime.buffer, lifetime]));
  const isArgument = new Set(program.inputs);
  const dropped = new Map<BufferId, Candidate>();
  /** Buffers that a recomputation reads have to stay. */
  const needed = new Set<BufferId>();
  const isThere = (buffer: BufferId, step: number) => {
    if (isArgument.has(buffer)) return true;
    const lifetime = lifetimes.get(buffer);
    return lifetime !== undefined && !dropped.has(buffer) && lifetime.start <= step && step <= lifetime.end;
  };
  const canDrop = ({ lifetime, lastForward, firstBackward }: Candidate) =>
    !needed.has(lifetime.buffer) &&
    lastForward < worst &&
    worst < firstBackward &&
    program.schedule[lifetime.start]!.reads.every(
      (buffer) =>
        program.buffers[buffer]!.layout.paddedBytes < lifetime.bytes * SMALL_OPERAND_SHARE ||
        isThere(buffer, firstBackward),
    );

  while (alive[worst]! > limit) {
    const index = pool.findIndex(canDrop);
    if (index < 0) break;
    const [candidate] = pool.splice(index, 1) as [Candidate];
    const { lifetime, lastForward, firstBackward } = candidate;
    dropped.set(lifetime.buffer, candidate);
    for (const buffer of program.schedule[lifetime.start]!.reads) needed.add(buffer);
    for (let step = lastForward + 1; step < firstBackward; step++) alive[step]! -= lifetime.bytes;
    worst = worstStep(alive);
  }

  const temporaries = timeline.temporaries.flatMap((lifetime): Lifetime[] => {
    const candidate = dropped.get(lifetime.buffer);
    if (!candidate) return [lifetime];
    const again: Lifetime = { ...lifetime, start: candidate.firstBackward, category: "workspace" };
    return [{ ...lifetime, end: candidate.lastForward }, again];
  });
  const recomputed = [...dropped.values()].map(({ lifetime }) => lifetime.start);
  const after = { ...timeline, temporaries };
  return { peak: peak(after), timeline: after, recomputed };
}
