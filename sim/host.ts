/**
 * @file Predicts the reference trainer: step by step, freed at the last use. Memory is exact; time is as good as the
 * profile's calibration.
 */
import { type HostMemory, type HostProgram, hostMemory, hostProgram } from "../src/program/hostMemory.js";
import { type HostStorage, hostBytes } from "../src/program/hostStorage.js";
import type { InputRole, Program } from "../src/program/types.js";
import type { HostProfile } from "./hardware.js";
import { hostStepSeconds, overheadSeconds } from "./hostTime.js";
import type { MemoryPart, Prediction, TimePrediction } from "./prediction.js";

const roleNames: Readonly<Record<InputRole, string>> = {
  parameter: "parameters",
  frozen: "frozen weights",
  "optimizer-state": "optimizer state",
  "model-state": "model state",
  batch: "batch",
  schedule: "schedule",
  noise: "noise",
};

/** What is alive at the worst moment of a step, by what it is. */
function hostParts(program: Program, storage: HostStorage, memory: HostMemory): readonly MemoryPart[] {
  const roleOf = new Map(program.inputs.map(({ value, role }) => [value, roleNames[role]]));
  const phaseOf = new Map(
    program.operations.flatMap(({ results, phase }) => results.map((id) => [id, phase])),
  );
  const parts = new Map<string, number>();
  for (const value of memory.aliveAtPeak) {
    const name = roleOf.get(value) ?? `values of the ${phaseOf.get(value)} pass`;
    parts.set(name, (parts.get(name) ?? 0) + hostBytes(program, storage, value));
  }
  parts.set("constants", memory.constantBytes);
  return [...parts].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
}

/** The backend that a profile is of; one that does not say is of TensorFlow. */
export const backendOf = ({ calibration }: HostProfile) => calibration?.backend ?? "tensorflow";

/** Whether the profile's backend runs groups of operations as one kernel. */
export const isGrouped = (host: HostProfile): boolean => backendOf(host) === "tensorflow";

function timeBasis({ calibration }: HostProfile): string {
  if (!calibration) return "this computer is not calibrated: willfit calibrate takes a minute";
  return `calibrated on ${calibration.measured.slice(0, 10)} with ${calibration.backend}; willfit crosscheck shows how right`;
}

/** The part of a step that is no operation's. */
export const OVERHEAD = "between operations";

function hostTime(
  run: HostProgram,
  host: HostProfile,
  globalBatch: number,
  modelFlops: number,
): TimePrediction {
  const byPhase = new Map<string, number>();
  const seconds = hostStepSeconds(run, host);
  run.steps.forEach(({ phase }, i) => {
    byPhase.set(phase, (byPhase.get(phase) ?? 0) + seconds[i]!);
  });
  const together = seconds.reduce((a, b) => a + b, 0);
  const calls = run.steps.filter(({ results }) => !run.storage.sharedWith.has(results[0]!)).length;
  const overhead = overheadSeconds(host, together, calls);
  const stepSeconds = together + overhead;
  return {
    stepSeconds,
    examplesPerSecond: globalBatch / stepSeconds,
    modelFlopsUtilization: modelFlops / (stepSeconds * host.flopsPerSecond.value),
    parts: [...byPhase, [OVERHEAD, overhead] as const].map(([name, partSeconds]) => ({
      name,
      seconds: partSeconds,
    })),
  };
}

/** Memory, time and confidence of one step on the host. */
export function predictHost(
  program: Program,
  host: HostProfile,
  globalBatch: number,
  modelFlops: number,
): Pick<Prediction, "memory" | "time" | "confidence"> {
  const run = hostProgram(program, isGrouped(host));
  const memory = hostMemory(program, run);
  const { argumentBytes, peakBytes } = memory;
  const time = hostTime(run, host, globalBatch, modelFlops);
  const capacityBytes = host.usableMemoryBytes.value;
  return {
    memory: {
      verdict: peakBytes <= capacityBytes ? "fits" : "does-not-fit",
      peakBytes,
      capacityBytes,
      argumentBytes,
      tempBytes: peakBytes - argumentBytes,
      parts: hostParts(program, run.storage, memory),
    },
    time,
    confidence: {
      memory: { errorPercent: 0, basis: "counted with the executor's own liveness" },
      time: { errorPercent: null, basis: timeBasis(host) },
    },
  };
}
