/**
 * @file What lies in a device's memory, and when: the worst moment by category, scope and tensor, and how the whole
 * step gets there and back.
 */

import { byteSize, formatType } from "../src/program/types.js";
import { placeOf } from "../src/stablehlo/opName.js";
import type { Lifetime } from "./memory.js";
import type { MemoryPart, Verdict } from "./prediction.js";
import { nameOf } from "./query.js";
import { type Simulation, verdictOf } from "./simulate.js";
import type { SimulatedStep } from "./simulatedStep.js";
import { lossBytes } from "./stepMemory.js";
import { type Layout, layoutText } from "./tiles.js";

/** A tensor that is alive at the worst moment. */
export interface AliveTensor {
  /** Where it is made: `forward/encoder/block3/mlp/up`. */
  readonly place: string;
  readonly category: string;
  /** `bf16[128,196,384]` */
  readonly type: string;
  /** The compiler's notation, `{2,0,1}`: the minor-most dimension first; empty for vectors. */
  readonly layout: string;
  readonly paddedBytes: number;
  /** Without the padding of tiles. */
  readonly bytes: number;
}

export interface CategoryReport extends MemoryPart {
  /** Where its tensors are made, the blocks of a kind together, the largest first. */
  readonly scopes: readonly MemoryPart[];
}

/** What is alive from a moment on. */
export interface MemoryMoment {
  /** Since the step began. */
  readonly seconds: number;
  readonly bytes: number;
  readonly parts: Readonly<Record<string, number>>;
}

export interface MemoryReport {
  readonly model: string;
  readonly hardware: string;
  readonly globalBatch: number;
  readonly devices: number;
  readonly verdict: Verdict;
  readonly capacityBytes: number;
  readonly peak: { readonly place: string; readonly seconds: number; readonly bytes: number };
  readonly stepSeconds: number;
  /** Largest first; add up to `peak.bytes`. */
  readonly categories: readonly CategoryReport[];
  /** Largest first. */
  readonly tensors: readonly AliveTensor[];
  readonly timeline: readonly MemoryMoment[];
  /** The most that what the loss computes takes at once; the logits of a contrastive loss are of the batch squared. */
  readonly lossBytes: number;
}

/** All blocks, layers and stages of a kind under one name. */
export const blocksTogether = (place: string) => place.replace(/([a-z])\d+(?=\/|$)/g, "$1*");

/** Adds up bytes by name, largest first. */
function total(parts: readonly MemoryPart[]): readonly MemoryPart[] {
  const byName = new Map<string, number>();
  for (const { name, bytes } of parts) byName.set(name, (byName.get(name) ?? 0) + bytes);
  return [...byName].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
}

/** Bytes alive at each step, by category of temporaries. */
function usageByCategory(lifetimes: readonly Lifetime[], steps: number): ReadonlyMap<string, Float64Array> {
  const changes = new Map<string, Float64Array>();
  for (const { category, bytes, start, end } of lifetimes) {
    const change = changes.get(category) ?? new Float64Array(steps + 1);
    changes.set(category, change);
    change[start]! += bytes;
    change[end + 1]! -= bytes;
  }
  for (const change of changes.values()) {
    for (let step = 1; step <= steps; step++) change[step]! += change[step - 1]!;
  }
  return changes;
}

/** What is alive at each step of the schedule. */
export function momentsOf({ timeline, times }: Simulation): readonly MemoryMoment[] {
  const byCategory = usageByCategory(timeline.temporaries, timeline.steps);
  const fixed = Object.fromEntries(timeline.arguments.map(({ name, bytes }) => [name, bytes]));
  let seconds = 0;
  return times.map((time, step) => {
    const alive = [...byCategory].map(([name, bytes]) => [name, bytes[step]!] as const);
    const bytes = alive.reduce((sum, [, part]) => sum + part, timeline.argumentBytes);
    const moment = { seconds, bytes, parts: { ...fixed, ...Object.fromEntries(alive) } };
    seconds += time.seconds;
    return moment;
  });
}

/** Reports on the memory of a simulated step; bytes and seconds of one device. */
export function memoryReport({
  query,
  chip,
  plan,
  program: source,
  simulation,
}: SimulatedStep): MemoryReport {
  const { program, timeline, peak, times } = simulation;
  const placeAt = (step: number) => placeOf(program.schedule[step]!.fusion.root);
  const describe = (layout: Layout) => ({
    type: formatType(layout.type),
    layout: layoutText(layout),
    paddedBytes: layout.paddedBytes,
    bytes: byteSize(layout.type),
  });
  const temporaries = timeline.temporaries
    .filter(({ start, end }) => start <= peak.step && peak.step <= end)
    .map(({ buffer, start, category }): AliveTensor => {
      return { place: placeAt(start), category, ...describe(program.buffers[buffer]!.layout) };
    });
  const inputs = program.inputs.map((id, i): AliveTensor => {
    const place = source.inputs[i]!.name;
    return { place, category: timeline.inputCategories[i]!, ...describe(program.buffers[id]!.layout) };
  });
  const tensors = [...temporaries, ...inputs].sort((a, b) => b.paddedBytes - a.paddedBytes);
  const timelineOfStep = momentsOf(simulation);
  return {
    model: nameOf(query.model),
    hardware: chip.name,
    globalBatch: plan.globalBatch,
    devices: plan.devices,
    verdict: verdictOf(simulation, chip),
    capacityBytes: chip.usableMemoryBytes.value,
    peak: {
      place: placeAt(peak.step),
      seconds: timelineOfStep[peak.step]!.seconds,
      bytes: peak.peakBytes,
    },
    stepSeconds: times.reduce((sum, { seconds }) => sum + seconds, 0),
    categories: peak.parts.map(({ name, bytes }) => ({
      name,
      bytes,
      scopes: total(
        tensors
          .filter(({ category }) => category === name)
          .map(({ place, paddedBytes }) => ({ name: blocksTogether(place), bytes: paddedBytes })),
      ),
    })),
    tensors,
    timeline: timelineOfStep,
    lossBytes: lossBytes(simulation),
  };
}
