/**
 * @file A kernel runs one operation on tfjs. It is made once for each operation of a program, with everything
 * that can be worked out beforehand, and then called every step.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { OpAttributes, OpName, TensorType } from "../../src/program/types.js";

/** What is known of an operation before it runs. */
export interface KernelContext<N extends OpName> {
  readonly attributes: OpAttributes[N];
  readonly operands: readonly TensorType[];
  readonly results: readonly TensorType[];
  /** Shape in which the result is stored; see `src/program/hostStorage.ts`. */
  readonly storedShape: readonly number[];
}

/** Operands to the result. Temporaries are the caller's to clean up (it runs kernels inside `tf.tidy`). */
export type Run = (...operands: Tensor[]) => Tensor;

export type Kernel<N extends OpName> = (context: KernelContext<N>) => Run;
