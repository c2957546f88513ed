/** @file Products that come out in another form than `dotGeneral` has it. */
import * as tf from "@tensorflow/tfjs-core";
import { swappedOperands } from "../../../src/ops/dot.js";
import { dotGeneralKernel } from "../dot.js";
import { kernel } from "../tensorflow.js";
import type { GroupKernel } from "./group.js";

/** The product of the operands the other way round is the transposed one. */
export const transposedProductKernel: GroupKernel = ({ inside, operands: [x, y], results }) => {
  const product = inside.find((operation) => operation.name === "dotGeneral");
  if (product?.name !== "dotGeneral") throw new Error("a transposed product without a product");
  const { attributes } = product;
  const run = dotGeneralKernel({
    attributes: { ...attributes, ...swappedOperands(attributes) },
    operands: [y!, x!],
    results,
    storedShape: results[0]!.shape,
  });
  return (a, b) => [run(b!, a!)];
};

export const sumOfSquaresKernel: GroupKernel = () => {
  const halfOfSquares = kernel("L2Loss");
  return (x) => [tf.mul(halfOfSquares(x!), 2)];
};
