/**
 * @file What is alive while a program runs on the host, step by step: the same liveness as the executor's, without
 * running anything.
 */
import { type HostStep, hostSteps } from "./hostGroups.js";
import { type HostStorage, hostBytes, hostStorage } from "./hostStorage.js";
import { liveness } from "./liveness.js";
import type { InputRole, Program, ValueId } from "./types.js";

const comesWithStep: ReadonlySet<InputRole> = new Set<InputRole>(["batch", "schedule", "noise"]);

/** Inputs that the executor frees after their last use: state that is replaced, and what comes with each step. */
function donatedInputs(program: Program): ReadonlySet<ValueId> {
  const replaced = new Set(program.outputs.map(({ replaces }) => replaces));
  const donated = program.inputs.filter(({ role }, index) => replaced.has(index) || comesWithStep.has(role));
  return new Set(donated.map(({ value }) => value));
}

/** A program as the host runs it. */
export interface HostProgram {
  readonly program: Program;
  readonly steps: readonly HostStep[];
  readonly storage: HostStorage;
  /** For each step the values that it is the last to use. */
  readonly diesAfter: readonly (readonly ValueId[])[];
}

/**
 * How the host runs a program.
 *
 * @param grouped whether its backend runs groups (see `hostGroups.ts`): TensorFlow's does, and predictions are for it
 */
export function hostProgram(program: Program, grouped = true): HostProgram {
  const donated = donatedInputs(program);
  const steps = hostSteps(program, donated, grouped);
  const { diesAfter } = liveness({ ...program, operations: steps }, donated);
  return { program, steps, storage: hostStorage(program, steps), diesAfter };
}

export interface HostMemory {
  /** Inputs: parameters, state and batch. */
  readonly argumentBytes: number;
  /** Constants, made once. */
  readonly constantBytes: number;
  /** The most that is alive at once, arguments and constants included. */
  readonly peakBytes: number;
  /** The step during which it is. */
  readonly peakStep: number;
  /** Values alive then, constants not included. */
  readonly aliveAtPeak: readonly ValueId[];
}

/** Memory of one run, to the byte what `tf.memory().numBytes` shows beyond what was there before. */
export function hostMemory(
  program: Program,
  { steps, storage, diesAfter }: HostProgram = hostProgram(program),
): HostMemory {
  const bytes = (value: ValueId) => hostBytes(program, storage, value);
  const alive = new Set(program.inputs.map(({ value }) => value));
  const argumentBytes = [...alive].reduce((total, value) => total + bytes(value), 0);
  const constantBytes = [...new Set(storage.sharedWith.values())].reduce(
    (total, value) => total + bytes(value),
    0,
  );

  let current = argumentBytes + constantBytes;
  let peakBytes = current;
  let peakStep = 0;
  let aliveAtPeak = [...alive];
  const free = (value: ValueId) => {
    if (alive.delete(value)) current -= bytes(value);
  };
  steps.forEach(({ results, consumed }, index) => {
    for (const value of consumed) free(value);
    for (const value of results) {
      if (storage.sharedWith.has(value)) continue;
      current += bytes(value);
      alive.add(value);
    }
    if (current > peakBytes) {
      peakBytes = current;
      peakStep = index;
      aliveAtPeak = [...alive];
    }
    for (const value of diesAfter[index]!) free(value);
  });
  return { argumentBytes, constantBytes, peakBytes, peakStep, aliveAtPeak };
}
