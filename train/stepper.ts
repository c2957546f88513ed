/**
 * @file Runs one program's training step over and over on one batch, each time with the state that the last has left: for
 * whoever measures steps.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { HostArray } from "../src/stablehlo/npz.js";
import { toTensor } from "./agreement.js";
import { type Executable, type ExecutionOptions, execute } from "./executor.js";

/** Holds the state until `dispose` is called. */
export interface Stepper {
  /** @returns the loss, and the seconds from tensors that are there to a loss that can be read */
  readonly step: (options?: ExecutionOptions) => { readonly loss: number; readonly seconds: number };
  /** The tensors held for weights, trained and frozen. */
  readonly weights: () => readonly tf.Tensor[];
  readonly dispose: () => void;
}

/**
 * So small that the state after some tens of steps is much as it was: a step takes as long in the middle of a run, and
 * neither overflows nor numbers too small for full speed come up on the way.
 */
export const MEASURING_LEARNING_RATE = 1e-5;

/** @param arrays one for each input of the program, in their order */
export function stepper(executable: Executable, arrays: readonly HostArray[]): Stepper {
  const { program } = executable;
  /** What stays from step to step, by input: state, and weights that do not learn. */
  const state = new Map<number, tf.Tensor>();
  arrays.forEach((array, i) => {
    if (program.inputs[i]!.initializer) state.set(i, toTensor(array));
  });
  const step: Stepper["step"] = (options) => {
    const inputs = arrays.map((array, i) => state.get(i) ?? toTensor(array));
    let loss = Number.NaN;
    const began = performance.now();
    const [outputs] = execute(executable, [inputs], options);
    program.outputs.forEach(({ name, replaces }, i) => {
      const output = outputs![i]!;
      if (replaces !== undefined) {
        state.set(replaces, output);
        return;
      }
      // Reading it waits for what is computed lazily.
      const [value] = output.dataSync();
      if (name === "loss") loss = value!;
      output.dispose();
    });
    return { loss, seconds: (performance.now() - began) / 1000 };
  };
  const isWeight = (i: number) => ["parameter", "frozen"].includes(program.inputs[i]!.role);
  const weights = () => [...state].flatMap(([i, tensor]) => (isWeight(i) ? [tensor] : []));
  return { step, weights, dispose: () => tf.dispose([...state.values()]) };
}

/** One step in which each operation is timed. */
export interface TimedOperations {
  /** In the order in which they are run. Each includes the freeing of what died with the one before it. */
  readonly seconds: readonly number[];
  readonly stepSeconds: number;
}

export function timeOperations({ step }: Stepper): TimedOperations {
  const seconds: number[] = [];
  let last = performance.now();
  const onOperation = () => {
    seconds.push((performance.now() - last) / 1000);
    last = performance.now();
  };
  const { seconds: stepSeconds } = step({ onOperation });
  return { seconds, stepSeconds };
}

/** Lets Ctrl-C and the progress bar in. @throws the signal's reason once it is aborted */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
