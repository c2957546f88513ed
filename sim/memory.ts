/**
 * @file Memory: when each buffer is alive along the schedule, and what the worst moment needs.
 */
import type { InputRole, Phase } from "../src/program/types.js";
import type { BufferId, LaidOutProgram } from "./layout.js";
import type { MemoryPart } from "./prediction.js";

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

/** Arguments stay for the whole step; outputs that replace an argument are written into its buffer. */
export function memoryTimeline(program: LaidOutProgram): MemoryTimeline {
  const { buffers, schedule, inputs, outputs } = program;
  const { program: source } = program.fused;
  const isArgument = new Set(inputs);
  const replaced = new Set(outputs.filter((_, i) => source.outputs[i]!.replaces !== undefined));

  const start = new Int32Array(buffers.length).fill(-1);
  const end = new Int32Array(buffers.length).fill(-1);
  const writtenIn: Phase[] = [];
  const lastReadIn: Phase[] = [];
  schedule.forEach(({ fusion, reads, writes }, step) => {
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
  });
  for (const id of outputs) end[id] = schedule.length - 1;
  const storage = sharedByCollectives(program, start, end);

  const byName = new Map<string, number>();
  let argumentBytes = 0;
  source.inputs.forEach(({ role }, i) => {
    const bytes = buffers[inputs[i]!]!.layout.paddedBytes;
    argumentBytes += bytes;
    byName.set(argumentNames[role], (byName.get(argumentNames[role]) ?? 0) + bytes);
  });
  const category = (id: BufferId): string => {
    if (writtenIn[id] === "forward" && lastReadIn[id] !== "forward") return "saved activations";
    if (writtenIn[id] === "backward" && lastReadIn[id] === "update") return "gradients";
    return "workspace";
  };
  const temporaries: Lifetime[] = [];
  for (let id = 0; id < buffers.length; id++) {
    if (isArgument.has(id) || replaced.has(id) || start[id]! < 0 || storage.has(id)) continue;
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
    temporaries,
    steps: schedule.length,
  };
}

/**
 * An all-reduce writes into its operand's buffer when nothing reads the operand any more. Extends the operand's
 * life over the result's and returns the results that need no storage of their own.
 */
function sharedByCollectives(
  program: LaidOutProgram,
  start: Int32Array,
  end: Int32Array,
): ReadonlySet<BufferId> {
  const shared = new Set<BufferId>();
  program.schedule.forEach(({ fusion, reads, writes }, step) => {
    const [operand] = reads;
    const [result] = writes;
    if (fusion.root.name !== "allReduce" || operand === undefined || result === undefined) return;
    if (end[operand] !== step || start[operand]! < 0) return;
    end[operand] = end[result]!;
    shared.add(result);
  });
  return shared;
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
export function worstStep(alive: Float64Array): number {
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
