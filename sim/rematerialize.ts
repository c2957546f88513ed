/**
 * @file The compiler's own rematerialisation: above the memory limit XLA computes saved values again in the
 * backward pass instead of keeping them, and refuses the program only when that is not enough.
 *
 * First cut of XLA's HloRematerialization: while the worst moment is above the limit, the largest saved
 * buffer alive then is dropped between its last use in the forward and its first in the backward pass,
 * provided that the fusion which made it can run again, its own operands being there anyway.
 */
import type { LaidOutProgram } from "./layout.js";
import { type Lifetime, type MemoryTimeline, type Peak, peak } from "./memory.js";
import type { FusionTime } from "./time.js";

export interface Rematerialized {
  readonly peak: Peak;
  readonly timeline: MemoryTimeline;
  /** Fusions that run twice, by their position in the schedule. */
  readonly recomputed: readonly number[];
  readonly extraSeconds: number;
}

/** Candidates smaller than this share of the limit are not worth a second look: there are thousands. */
const WORTHWHILE_SHARE = 1 / 2000;

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
    for (const id of reads) uses.set(id, [...(uses.get(id) ?? []), step]);
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

/** Drops saved values until the worst moment is within `limitBytes`, or nothing more can be dropped. */
export function rematerialize(
  program: LaidOutProgram,
  timeline: MemoryTimeline,
  times: readonly FusionTime[],
  limitBytes: number,
): Rematerialized {
  let current = timeline;
  let worst = peak(current);
  const recomputed: number[] = [];
  let extraSeconds = 0;
  if (worst.peakBytes <= limitBytes) return { peak: worst, timeline, recomputed, extraSeconds };

  const pool = [...candidates(program, timeline, limitBytes * WORTHWHILE_SHARE)].sort(
    (a, b) => b.lifetime.bytes - a.lifetime.bytes,
  );
  const alive = new Map(current.temporaries.map((lifetime) => [lifetime.buffer, lifetime]));
  const dropped = new Set<number>();
  const argumentBuffers = new Set(program.inputs);
  const isThere = (buffer: number, step: number) => {
    if (argumentBuffers.has(buffer)) return true;
    const lifetime = alive.get(buffer);
    return lifetime !== undefined && !dropped.has(buffer) && lifetime.start <= step && step <= lifetime.end;
  };
  /** Buffers that a recomputation reads have to stay. */
  const needed = new Set<number>();

  while (worst.peakBytes > limitBytes) {
    const index = pool.findIndex(({ lifetime, lastForward, firstBackward }) => {
      if (needed.has(lifetime.buffer)) return false;
      if (worst.step <= lastForward || worst.step >= firstBackward) return false;
      const { reads } = program.schedule[lifetime.start]!;
      const recomputable = reads.every((buffer) => {
        const small = program.buffers[buffer]!.layout.paddedBytes < lifetime.bytes * SMALL_OPERAND_SHARE;
        return small || isThere(buffer, firstBackward);
      });
      return recomputable;
    });
    if (index < 0) break;
    const [{ lifetime, lastForward, firstBackward }] = pool.splice(index, 1) as [Candidate];
    dropped.add(lifetime.buffer);
    for (const buffer of program.schedule[lifetime.start]!.reads) needed.add(buffer);
    recomputed.push(lifetime.start);
    extraSeconds += times[lifetime.start]!.seconds;
    const again: Lifetime = { ...lifetime, start: firstBackward, category: "workspace" };
    const temporaries = current.temporaries.flatMap((other) =>
      other.buffer === lifetime.buffer ? [{ ...other, end: lastForward }, again] : [other],
    );
    current = { ...current, temporaries };
    worst = peak(current);
  }
  return { peak: worst, timeline: current, recomputed, extraSeconds };
}

/** Statistics and the like: keeping them alive longer costs next to nothing. */
const SMALL_OPERAND_SHARE = 1 / 16;
