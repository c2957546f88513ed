/**
 * @file Scatters: the compiler's sharding of weight updates over the replicas (arXiv 2004.13336).
 *
 * Where an update reduces a gradient to vectors, as Adafactor's does to its rows and columns, the sum over the replicas
 * is a reduce-scatter: each device keeps its share of the gradient, computes its share of the update, and the new
 * parameters are gathered. Memory sees the share; the update's time is left as that of the whole, which it is at most.
 */
import type { BufferId, LaidOutProgram, ScheduledFusion } from "./layout.js";

/**
 * Smaller gradients are summed whole: in libtpu's output for Adafactor, those of ViT-Ti (0.6 MB) are and those of
 * ViT-B (2.4 MB) are not.
 */
const LEAST_SCATTERED_BYTES = 1 << 20;

/** Sums of gradients that an update reduces to vectors. */
function scatteredSums({ fused, schedule, buffers }: LaidOutProgram): ReadonlySet<BufferId> {
  const { types } = fused.program;
  const sums = new Set(
    schedule.filter(({ fusion }) => fusion.root.name === "allReduce").flatMap(({ writes }) => writes),
  );
  const reducing = schedule.filter(
    ({ fusion }) =>
      fusion.phase === "update" &&
      fusion.operations.some(
        ({ name, results }) => name === "reduce" && types[results[0]!]!.shape.length > 0,
      ),
  );
  return new Set(
    reducing
      .flatMap(({ reads }) => reads)
      .filter((id) => sums.has(id) && buffers[id]!.layout.paddedBytes >= LEAST_SCATTERED_BYTES),
  );
}

/** Each moved step right behind the step that writes what it reads: what is scattered at once need not be kept whole. */
function soon(
  schedule: readonly ScheduledFusion[],
  isMoved: (step: ScheduledFusion) => boolean,
): readonly ScheduledFusion[] {
  const moved = schedule.filter(isMoved);
  const waiting = new Map(moved.map((step) => [step.reads[0]!, step] as const));
  const follow = (step: ScheduledFusion): readonly ScheduledFusion[] =>
    step.writes.flatMap((id) => waiting.get(id) ?? []);
  return schedule.filter((step) => !isMoved(step)).flatMap((step) => [step, ...follow(step)]);
}

/** The scatter pass. */
export function scatter(program: LaidOutProgram): LaidOutProgram {
  const { replicas } = program.fused.program;
  const scattered = scatteredSums(program);
  if (replicas === 1 || scattered.size === 0) return program;
  const buffers = program.buffers.map((buffer, id) => {
    if (!scattered.has(id)) return buffer;
    return { ...buffer, layout: { ...buffer.layout, paddedBytes: buffer.layout.paddedBytes / replicas } };
  });
  const schedule = soon(program.schedule, ({ fusion, writes }) => {
    return fusion.kind === "collective" && writes.some((id) => scattered.has(id));
  });
  return { ...program, buffers, schedule };
}
