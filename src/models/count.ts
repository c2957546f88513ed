/**
 * @file Counting what a model is made of, by reading its program.
 */
import { costOf } from "../ops/registry.js";
import { elementCount, type Program, wholeShape } from "../program/types.js";

/** Number of weights, trained and frozen, those that other devices hold included. */
export function parameterCount(program: Program): number {
  return program.inputs
    .filter(({ role }) => role === "parameter" || role === "frozen")
    .reduce(
      (total, { value, shard }) => total + elementCount(wholeShape(program.types[value]!.shape, shard)),
      0,
    );
}

/** Multiply-adds of all dots and convolutions, as the literature counts "GMAC". */
export function multiplyAddCount(program: Program): number {
  return program.operations.reduce((total, operation) => total + costOf(program, operation).multiplyAdds, 0);
}

/** Floating-point operations as XLA counts them. */
export function flopCount(program: Program): number {
  return program.operations.reduce((total, operation) => total + costOf(program, operation).flops, 0);
}
