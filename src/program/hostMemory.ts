/**
 * @file What is alive while a program runs on the host, operation by operation: the same liveness as the
 * executor's, without running anything.
 */
import { type HostStorage, hostBytes, hostStorage } from "./hostStorage.js";
import { liveness } from "./liveness.js";
import type { InputRole, Program, ValueId } from "./types.js";

const comesWithStep: ReadonlySet<InputRole> = new Set<InputRole>(["batch", "schedule", "noise"]);

/** Inputs that the executor frees after their last use: state that is replaced, and what comes with each step. */
export function donatedInputs(program: Program): ReadonlySet<ValueId> {
  const replaced = new Set(program.outputs.map(({ replaces }) => replaces));
  const donated = program.inputs.filter(({ role }, index) => replaced.has(index) || comesWithStep.has(role));
  return new Set(donated.map(({ value }) => value));
}

export interface HostMemory {
  /** Inputs: parameters, state and batch. */
  readonly argumentBytes: number;
  /** Constants, made once. */
  readonly constantBytes: number;
  /** The most that is alive at once, arguments and constants included. */
  readonly peakBytes: number;
  /** The operation during which it is. */
  readonly peakOperation: number;
  /** Values alive then, constants not included. */
  readonly aliveAtPeak: readonly ValueId[];
}

/** Memory of one run, to the byte what `tf.memory().numBytes` shows beyond what was there before. */
export function hostMemory(program: Program, storage: HostStorage = hostStorage(program)): HostMemory {
  const { diesAfter } = liveness(program, donatedInputs(program));
  const bytes = (value: ValueId) => hostBytes(program, storage, value);
  const alive = new Set(program.inputs.map(({ value }) => value));
  const argumentBytes = [...alive].reduce((total, value) => total + bytes(value), 0);
  const constantBytes = [...new Set(storage.sharedWith.values())].reduce(
    (total, value) => total + bytes(value),
    0,
  );

  let current = argumentBytes + constantBytes;
  let peakBytes = current;
  let peakOperation = 0;
  let aliveAtPeak = [...alive];
  program.operations.forEach(({ results }, index) => {
    for (const value of results) {
      if (storage.sharedWith.has(value)) continue;
      current += bytes(value);
      alive.add(value);
    }
    if (current > peakBytes) {
      peakBytes = current;
      peakOperation = index;
      aliveAtPeak = [...alive];
    }
    for (const value of diesAfter[index]!) {
      if (alive.delete(value)) current -= bytes(value);
    }
  });
  return { argumentBytes, constantBytes, peakBytes, peakOperation, aliveAtPeak };
}
