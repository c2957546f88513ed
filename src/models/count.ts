/**
 * @file Counting what a model is made of, by reading its program.
 */
import type { Cost } from "../ops/definition.js";
import { costOf } from "../ops/registry.js";
import { kindsOf } from "../program/kinds.js";
import { elementCount, type Operation, type Program, wholeShape } from "../program/types.js";

/** Number of weights, trained and frozen, those that other devices hold included. */
export function parameterCount(program: Program): number {
  return program.inputs
    .filter(({ role }) => role === "parameter" || role === "frozen")
    .reduce(
      (total, { value, shard }) => total + elementCount(wholeShape(program.types[value]!.shape, shard)),
      0,
    );
}

/** Adds up what operations cost, those of one kind at once. */
function total(program: Program, cost: keyof Cost, counts: (operation: Operation) => boolean): number {
  const { kindOf, examples } = kindsOf(program);
  const times = new Float64Array(examples.length);
  for (const operation of program.operations) if (counts(operation)) times[kindOf(operation)]!++;
  return examples.reduce((sum, example, kind) => sum + times[kind]! * costOf(program, example)[cost], 0);
}

/** Multiply-adds of all dots and convolutions, as the literature counts "GMAC". */
export function multiplyAddCount(program: Program): number {
  return total(program, "multiplyAdds", () => true);
}

/**
 * Floating-point operations as XLA counts them.
 *
 * @param counts which operations; all unless given
 */
export function flopCount(program: Program, counts: (operation: Operation) => boolean = () => true): number {
  return total(program, "flops", counts);
}
