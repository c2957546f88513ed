/** @file One step of training: a batch and the state in, the next state and the loss out. */
import * as tf from "@tensorflow/tfjs-core";
import { elementCount, type TensorType } from "../src/program/types.js";
import type { BatchValues } from "./batch.js";
import { type Executable, type ExecutionOptions, execute } from "./executor.js";
import { type StateTensor, uniformNoise } from "./initialize.js";

export const hostTensor = ({
  values,
  shape,
  dtype,
}: Pick<StateTensor, "values" | "shape"> & Pick<TensorType, "dtype">) =>
  tf.tensor(values, [...shape], dtype === "i32" ? "int32" : "float32");

/** One step: replaces the tensors of `state`. @returns the loss, and the norm of the gradients where the optimizer has it */
export function trainStep(
  { program, ...executable }: Executable,
  state: Map<string, tf.Tensor>,
  batch: BatchValues,
  { learningRate, noiseSeed }: { readonly learningRate: number; readonly noiseSeed: string },
  options?: ExecutionOptions,
): { readonly loss: number; readonly gradientNorm?: number } {
  const inputs = program.inputs.map(({ name, role, value }) => {
    const { shape, dtype } = program.types[value]!;
    if (role === "noise")
      return tf.tensor(uniformNoise(elementCount(shape), `${noiseSeed} ${name}`), [...shape]);
    if (role === "schedule") return tf.scalar(learningRate);
    if (role !== "batch") return state.get(name)!;
    return hostTensor({ values: batch.get(name)!, shape, dtype });
  });
  const [outputs] = execute({ program, ...executable }, [inputs], options);
  let loss = Number.NaN;
  let gradientNorm: number | undefined;
  program.outputs.forEach(({ name, replaces }, i) => {
    const tensor = outputs![i]!;
    if (replaces !== undefined) {
      state.set(name, tensor);
      return;
    }
    if (name === "loss") loss = tensor.dataSync()[0]!;
    if (name === "gradientNorm") gradientNorm = tensor.dataSync()[0]!;
    tensor.dispose();
  });
  return { loss, ...(gradientNorm !== undefined && { gradientNorm }) };
}
