/**
 * @file The compiler's own rematerialisation: above its memory limit XLA computes values again instead of keeping them.
 *
 * This is XLA's HloRematerialization (hlo_rematerialization.cc), on fusions: walk through the schedule, and wherever
 * more is alive than the limit allows, let the step of the past run again, right before its next reader, that frees
 * most until then. What that step reads has to stay for it, which counts against it. Where a padded value would free
 * more by being copied into its most compact layout, and back when it is read, that is done instead.
 */
import { compilerLimit } from "./compilerLimit.js";
import type { AcceleratorProfile } from "./hardware.js";
import type { BufferId, LaidOutProgram } from "./layout.js";
import { compactLayout, type Layout } from "./tiles.js";
import { type Rewritten, type Step, UsageTracker } from "./usageTracker.js";

/**
 * Steps that write less are not considered: there are thousands. libtpu's logs leave the bound between 5.6 MiB (not
 * considered, ViT-S/16) and 22 MiB (considered, SigLIP).
 */
const WORTHWHILE_BYTES = 10 << 20;

/** A step of the past that may save memory, with the most compact layout of what it wrote. */
interface Candidate {
  readonly step: Step;
  /** Of equally good ones the first is taken. */
  readonly order: number;
  readonly compact: Layout | undefined;
}

interface Saving {
  /** Whole multiples of what is saved in the limit; of equal ones the compiler takes the first it finds. */
  readonly cost: number;
  readonly apply: () => void;
}

/** What frees most at the step that the tracker is at. */
function bestSaving(
  tracker: UsageTracker,
  candidates: readonly Candidate[],
  limitBytes: number,
): Saving | undefined {
  let best: Saving | undefined;
  const consider = (savedBytes: number, apply: () => void) => {
    const cost = Math.floor(limitBytes / savedBytes);
    if (savedBytes > 0 && (!best || cost < best.cost)) best = { cost, apply };
  };
  for (const { step, compact } of candidates) {
    if (step.settled) continue;
    if (compact) consider(tracker.savedByCompressing(step, compact), () => tracker.compress(step, compact));
    // All devices take part in a collective: it is not run again.
    if (step.fusion.kind === "collective") continue;
    consider(tracker.savedByRecomputing(step), () => tracker.recompute(step));
  }
  return best;
}

/** The most compact layout of a step's only result, if it is not in that already. */
function compactResults(tracker: UsageTracker, chip: AcceleratorProfile): (step: Step) => Layout | undefined {
  const known = new Map<Layout, Layout>();
  return ({ writes: [id, ...others] }) => {
    if (id === undefined || others.length > 0) return undefined;
    const layout = tracker.layoutOf(id);
    const compact = known.get(layout) ?? compactLayout(layout.type, chip);
    known.set(layout, compact);
    return compact.paddedBytes < layout.paddedBytes ? compact : undefined;
  };
}

/** The most bytes of temporaries that are alive at a step, as the tracker counts them. */
export function mostTemporaryBytes({ buffers, schedule, inputs, outputs }: LaidOutProgram): number {
  const lastRead = new Int32Array(buffers.length).fill(-1);
  schedule.forEach(({ reads, writes }, step) => {
    for (const id of writes) lastRead[id] = step;
    for (const id of reads) lastRead[id] = step;
  });
  for (const id of outputs) lastRead[id] = schedule.length;
  const isArgument = new Uint8Array(buffers.length);
  for (const id of inputs) isArgument[id] = 1;
  let [alive, most] = [0, 0];
  const free = (id: BufferId, step: number) => {
    if (isArgument[id] || lastRead[id] !== step) return;
    alive -= buffers[id]!.layout.paddedBytes;
    // A step may read a buffer twice.
    lastRead[id] = -1;
  };
  schedule.forEach(({ reads, writes }, step) => {
    for (const id of writes) alive += buffers[id]!.layout.paddedBytes;
    most = Math.max(most, alive);
    for (const id of reads) free(id, step);
    for (const id of writes) free(id, step);
  });
  return most;
}

/**
 * Saves memory until no step has more alive than the compiler's limit, or nothing helps any more.
 *
 * @param hopelessBytes ends the walk where nothing helps and more than this is alive: what a program that is far too
 * large would need at the least is then not found out
 */
export function rematerialize(
  program: LaidOutProgram,
  chip: AcceleratorProfile,
  hopelessBytes = Number.POSITIVE_INFINITY,
): Rewritten {
  const limitBytes = compilerLimit(program, chip);
  if (mostTemporaryBytes(program) <= limitBytes) return { program, added: new Set() };
  const tracker = new UsageTracker(program);
  const compactOf = compactResults(tracker, chip);
  const candidates: Candidate[] = [];
  const candidateOf = new Map<Step, Candidate>();
  /** Those whose results are alive. */
  let alive: Candidate[] = [];
  let revivals = 0;
  /** Where nothing has helped: what may help since then. Whatever else was looked at can only have come to save less. */
  let news: Candidate[] | undefined;
  const ofReads = ({ reads }: Step): Candidate[] => {
    const writers = new Set(reads.map((id) => tracker.writerOf(id)));
    return [...writers]
      .flatMap((writer) => (writer && candidateOf.get(writer)) ?? [])
      .sort((a, b) => a.order - b.order);
  };
  for (let step = tracker.first; step; step = step.next) {
    tracker.begin(step);
    let isPruned = false;
    while (tracker.usage > limitBytes) {
      if (!news && (!isPruned || tracker.revivals !== revivals)) {
        const known = tracker.revivals === revivals ? alive : candidates;
        revivals = tracker.revivals;
        alive = known.filter((candidate) => tracker.hasLiveResult(candidate.step));
        isPruned = true;
      }
      const saving = bestSaving(tracker, news ?? alive, limitBytes);
      if (!saving) {
        // What this step reads is in use until it has ended.
        news = ofReads(step);
        break;
      }
      news = undefined;
      saving.apply();
    }
    if (tracker.usage > hopelessBytes) break;
    tracker.end(step);
    if (tracker.writtenBytes(step) < WORTHWHILE_BYTES) continue;
    const candidate: Candidate = { step, order: candidates.length, compact: compactOf(step) };
    candidates.push(candidate);
    candidateOf.set(step, candidate);
    alive.push(candidate);
    news?.push(candidate);
  }
  return tracker.finish();
}
