/** @file Products and sums as gradients and optimizers write them down. */
import { pattern } from "../pattern.js";
import { always, type GroupKind } from "./kind.js";

/** The gradient of a weight matrix comes out the wrong way round. */
export const transposedProduct: GroupKind = {
  pattern: pattern(`
    product = dotGeneral x y
    turned = transpose product`),
  operands: ["x", "y"],
  results: ["turned"],
  accepts: ({ types }, { values }) => types[values.product!]!.shape.length === 2,
};

export const sumOfSquares: GroupKind = {
  pattern: pattern(`
    square = multiply x x
    sum = reduce:add:all square`),
  operands: ["x"],
  results: ["sum"],
  accepts: always,
};
