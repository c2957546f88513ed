/** @file The kernel of `src/ops/dot.ts`: any dot_general as one batched matrix product. */
import * as tf from "@tensorflow/tfjs-core";
import { dotSizes, type MatrixArrangement, matrixArrangements } from "../../src/ops/dot.js";
import type { Kernel } from "./kernel.js";

export const dotGeneralKernel: Kernel<"dotGeneral"> = ({
  attributes,
  operands: [lhs, rhs],
  results: [result],
}) => {
  const { batch, m, n, k } = dotSizes(lhs!, rhs!, attributes);
  const { left, right } = matrixArrangements(lhs!, rhs!, attributes);
  const lead = batch === 1 ? [] : [batch];
  const leftShape = [...lead, ...(left.transposed ? [k, m] : [m, k])];
  const rightShape = [...lead, ...(right.transposed ? [n, k] : [k, n])];
  const shape = [...result!.shape];
  const matrix = (x: tf.Tensor, { permutation }: MatrixArrangement, to: number[]) =>
    tf.reshape(permutation ? tf.transpose(x, [...permutation]) : x, to);
  return (x, y) => {
    const product = tf.matMul(
      matrix(x, left, leftShape),
      matrix(y, right, rightShape),
      left.transposed,
      right.transposed,
    );
    return tf.reshape(product, shape);
  };
};
