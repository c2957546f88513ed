/**
 * @file Memory: when each buffer is alive along the schedule, and what the worst moment needs.
 */
import { type InputRole, type Phase, sameType, type ValueId } from "../src/program/types.js";
import type { BufferId, LaidOutProgram, ScheduledFusion } from "./layout.js";
import type { MemoryPart } from "./prediction.js";
import type { Layout } from "./tiles.js";

/** A buffer is allocated at step `start` of the schedule and free again after step `end`. */
export interface Lifetime {
  readonly buffer: BufferId;
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
  readonly category: string;
}

export interface MemoryTimeline {
  readonly argumentBytes: number;
  readonly arguments: readonly MemoryPart[];
  /** The name in `arguments` that each input of the program counts to. */
  readonly inputCategories: readonly string[];
  readonly temporaries: readonly Lifetime[];
  readonly steps: number;
}

const argumentNames: Readonly<Record<InputRole, string>> = {
  parameter: "parameters",
  frozen: "frozen weights",
  "optimizer-state": "optimizer state",
  "model-state": "model state",
  batch: "batch",
  schedule: "schedule",
  noise: "noise",
};

/** What the loss computes. */
export const isOfLoss = (scope: string) => scope === "loss" || scope.startsWith("loss/");

/** Arguments stay for the whole step; outputs that replace an argument are written into its buffer. */
export function memoryTimeline(program: LaidOutProgram): MemoryTimeline {
  const { buffers, schedule, inputs, outputs } = program;
  const { program: source } = program.fused;
  /** Arguments, and what is written over them. */
  const isPermanent = new Uint8Array(buffers.length);
  for (const id of inputs) isPermanent[id] = 1;
  outputs.forEach((id, i) => {
    if (source.outputs[i]!.replaces !== undefined) isPermanent[id] = 1;
  });

  const start = new Int32Array(buffers.length).fill(-1);
  const end = new Int32Array(buffers.length).fill(-1);
  const writtenIn: Phase[] = new Array(buffers.length);
  const lastReadIn: Phase[] = new Array(buffers.length);
  for (const [step, { fusion, reads, writes }] of schedule.entries()) {
    for (const id of writes) {
      start[id] = step;
      end[id] = step;
      writtenIn[id] = fusion.phase;
      lastReadIn[id] = fusion.phase;
    }
    for (const id of reads) {
      end[id] = step;
      lastReadIn[id] = fusion.phase;
    }
  }
  for (const id of outputs) end[id] = schedule.length - 1;
  const shared = sharedInPlace(program, start, end, lastReadIn);

  const byName = new Map<string, number>();
  let argumentBytes = 0;
  source.inputs.forEach(({ role }, i) => {
    const bytes = buffers[inputs[i]!]!.layout.paddedBytes;
    argumentBytes += bytes;
    byName.set(argumentNames[role], (byName.get(argumentNames[role]) ?? 0) + bytes);
  });
  const category = (id: BufferId): string => {
    const { scope } = schedule[start[id]!]!.fusion;
    if (isOfLoss(scope) || scope === "head") return "logits and loss";
    if (writtenIn[id] === "forward" && lastReadIn[id] !== "forward") return "saved activations";
    if (writtenIn[id] === "backward" && lastReadIn[id] === "update") return "gradients";
    return "workspace";
  };
  const temporaries: Lifetime[] = [];
  for (let id = 0; id < buffers.length; id++) {
    if (isPermanent[id] || start[id]! < 0 || shared.has(id)) continue;
    temporaries.push({
      buffer: id,
      bytes: buffers[id]!.layout.paddedBytes,
      start: start[id]!,
      end: end[id]!,
      category: category(id),
    });
  }
  return {
    argumentBytes,
    arguments: [...byName].map(([name, bytes]) => ({ name, bytes })),
    inputCategories: source.inputs.map(({ role }) => argumentNames[role]),
    temporaries,
    steps: schedule.length,
  };
}

/** Whether a fusion may write over a buffer that it reads: it needs each element of it only for the same element. */
function canOverwrite({ fusion }: ScheduledFusion, value: ValueId): boolean {
  if (fusion.kind === "dot" || fusion.kind === "convolution") return fusion.epilogueReads.includes(value);
  return fusion.kind === "loop" || fusion.root.name === "allReduce";
}

const isSameLayout = (a: Layout, b: Layout) =>
  a === b || (sameType(a.type, b.type) && a.lanes === b.lanes && a.paddedBytes === b.paddedBytes);

/**
 * A result takes the place of a temporary that dies with it and has its layout: the derivative of a GELU that of what
 * it is taken of, a sum that of an addend. Extends the life of what is overwritten over the result's, and returns the
 * results that need no storage of their own.
 */
function sharedInPlace(
  { schedule, buffers }: LaidOutProgram,
  start: Int32Array,
  end: Int32Array,
  lastReadIn: Phase[],
): ReadonlySet<BufferId> {
  /** The buffer in whose storage each result lies, if not its own. */
  const storage = new Map<BufferId, BufferId>();
  schedule.forEach((scheduled, step) => {
    const { reads, writes } = scheduled;
    let dying = reads.filter((read) => end[read] === step && start[read]! >= 0 && start[read]! < step);
    for (const id of writes) {
      if (dying.length === 0) break;
      const { layout } = buffers[id]!;
      const overwritten = dying.find((read) => {
        const { value, layout: other } = buffers[read]!;
        return isSameLayout(layout, other) && canOverwrite(scheduled, value);
      });
      if (overwritten === undefined) continue;
      dying = dying.filter((read) => read !== overwritten);
      const owner = storage.get(overwritten) ?? overwritten;
      storage.set(id, owner);
      end[owner] = end[id]!;
      lastReadIn[owner] = lastReadIn[id]!;
    }
  });
  return new Set(storage.keys());
}

/** Bytes of temporaries alive at each step. */
export function usage({ temporaries, steps }: MemoryTimeline): Float64Array {
  const change = new Float64Array(steps + 1);
  for (const { bytes, start, end } of temporaries) {
    change[start]! += bytes;
    change[end + 1]! -= bytes;
  }
  const alive = new Float64Array(steps);
  let total = 0;
  for (let step = 0; step < steps; step++) {
    total += change[step]!;
    alive[step] = total;
  }
  return alive;
}

/** The first step at which most is alive. */
function worstStep(alive: Float64Array): number {
  let worst = 0;
  for (let step = 1; step < alive.length; step++) {
    if (alive[step]! > alive[worst]!) worst = step;
  }
  return worst;
}

export interface Peak {
  /** Step of the schedule at which most is alive. */
  readonly step: number;
  readonly tempBytes: number;
  readonly peakBytes: number;
  /** What is alive then, arguments included. */
  readonly parts: readonly MemoryPart[];
}

/** The worst moment. */
export function peak(timeline: MemoryTimeline): Peak {
  const alive = usage(timeline);
  const step = worstStep(alive);
  const tempBytes = alive[step] ?? 0;
  const byCategory = new Map<string, number>();
  for (const { start, end, bytes, category } of timeline.temporaries) {
    if (start <= step && step <= end) byCategory.set(category, (byCategory.get(category) ?? 0) + bytes);
  }
  const temporary = [...byCategory].map(([name, bytes]) => ({ name, bytes }));
  return {
    step,
    tempBytes,
    peakBytes: timeline.argumentBytes + tempBytes,
    parts: [...timeline.arguments, ...temporary].sort((a, b) => b.bytes - a.bytes),
  };
}
