/**
 * @file Predicts the reference trainer: operation by operation, nothing fused, freed at the last use. Memory is
 * exact; time is a roofline of the profile's constants until the host is calibrated.
 */
import { costOf } from "../src/ops/registry.js";
import { byteSize, elementCount, type Operation, type Program } from "../src/program/types.js";
import type { HostProfile } from "./hardware.js";
import type { MemoryPart, Prediction, TimePrediction } from "./prediction.js";

function operationSeconds(program: Program, operation: Operation, host: HostProfile): number {
  const { flops, transcendentals } = costOf(program, operation);
  const bytes = [...operation.operands, ...operation.results].reduce(
    (total, value) => total + byteSize(program.types[value]!),
    0,
  );
  const compute = (flops + transcendentals) / host.flopsPerSecond.value;
  return Math.max(compute, bytes / host.memoryBytesPerSecond.value) + host.issueSeconds.value;
}

export interface HostTimeline {
  readonly argumentBytes: number;
  readonly peakBytes: number;
  readonly parts: readonly MemoryPart[];
}

/** What is alive at the worst moment of a step on the host. */
export function hostTimeline(program: Program): HostTimeline {
  const argumentParts = new Map<string, number>();
  for (const { role, value } of program.inputs) {
    const bytes = elementCount(program.types[value]!.shape) * 4;
    argumentParts.set(role, (argumentParts.get(role) ?? 0) + bytes);
  }
  const argumentBytes = [...argumentParts.values()].reduce((a, b) => a + b, 0);
  const parts: MemoryPart[] = [...argumentParts].map(([name, bytes]) => ({ name, bytes }));
  return { argumentBytes, peakBytes: argumentBytes, parts };
}

/** Memory, time and confidence of one step on the host. */
export function predictHost(
  program: Program,
  host: HostProfile,
  globalBatch: number,
  modelFlops: number,
): Pick<Prediction, "memory" | "time" | "confidence"> {
  const { argumentBytes, peakBytes, parts } = hostTimeline(program);
  const byPhase = new Map<string, number>();
  for (const operation of program.operations) {
    const seconds = operationSeconds(program, operation, host);
    byPhase.set(operation.phase, (byPhase.get(operation.phase) ?? 0) + seconds);
  }
  const stepSeconds = [...byPhase.values()].reduce((a, b) => a + b, 0);
  const time: TimePrediction = {
    stepSeconds,
    examplesPerSecond: globalBatch / stepSeconds,
    modelFlopsUtilization: modelFlops / (stepSeconds * host.flopsPerSecond.value),
    parts: [...byPhase].map(([name, seconds]) => ({ name, seconds })),
  };
  const capacityBytes = host.usableMemoryBytes.value;
  return {
    memory: {
      verdict: peakBytes <= capacityBytes ? "fits" : "does-not-fit",
      peakBytes,
      capacityBytes,
      argumentBytes,
      tempBytes: peakBytes - argumentBytes,
      parts,
    },
    time,
    confidence: {
      memory: { errorPercent: 0, basis: "counted with the executor's own liveness" },
      time: { errorPercent: null, basis: "the host is not calibrated" },
    },
  };
}
