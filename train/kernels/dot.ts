/** @file The kernel of `src/ops/dot.ts`: any dot_general as one batched matrix product. */
import * as tf from "@tensorflow/tfjs-core";
import { dotSizes, freeDimensions } from "../../src/ops/dot.js";
import type { Kernel } from "./kernel.js";

/** How an operand becomes a [batch, rows, columns] matrix. */
interface Arrangement {
  /** Absent when the dimensions are in order already. */
  readonly permutation?: readonly number[];
  /** Whether the matrix is then the wrong way round, which matMul can take. */
  readonly transposed: boolean;
}

const inOrder = (dimensions: readonly number[]) => dimensions.every((d, i) => d === i);

function arrange(batch: readonly number[], rows: readonly number[], columns: readonly number[]): Arrangement {
  if (inOrder([...batch, ...rows, ...columns])) return { transposed: false };
  if (inOrder([...batch, ...columns, ...rows])) return { transposed: true };
  return { permutation: [...batch, ...rows, ...columns], transposed: false };
}

export const dotGeneralKernel: Kernel<"dotGeneral"> = ({
  attributes,
  operands: [lhs, rhs],
  results: [result],
}) => {
  const { batch, m, n, k } = dotSizes(lhs!, rhs!, attributes);
  const { lhsBatch, rhsBatch, lhsContracting, rhsContracting } = attributes;
  const left = arrange(lhsBatch, freeDimensions(lhs!.shape.length, lhsBatch, lhsContracting), lhsContracting);
  const right = arrange(
    rhsBatch,
    rhsContracting,
    freeDimensions(rhs!.shape.length, rhsBatch, rhsContracting),
  );
  const lead = batch === 1 ? [] : [batch];
  const leftShape = [...lead, ...(left.transposed ? [k, m] : [m, k])];
  const rightShape = [...lead, ...(right.transposed ? [n, k] : [k, n])];
  const shape = [...result!.shape];
  const matrix = (x: tf.Tensor, { permutation }: Arrangement, to: number[]) =>
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
