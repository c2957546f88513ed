/**
 * @file Counting what a model is made of, by reading its program.
 */
import { costsOf } from "../ops/costs.js";
import type { Cost } from "../ops/definition.js";
import { kindsOf } from "../program/kinds.js";
import { phases as allPhases, elementCount, type Phase, type Program, wholeShape } from "../program/types.js";

/** Number of weights, trained and frozen, those that other devices hold included. */
export function parameterCount(program: Program): number {
  return program.inputs
    .filter(({ role }) => role === "parameter" || role === "frozen")
    .reduce(
      (total, { value, shard }) => total + elementCount(wholeShape(program.types[value]!.shape, shard)),
      0,
    );
}

/** Adds up what the operations of some phases cost, those of one kind at once. */
function total(program: Program, cost: keyof Cost, phases: readonly Phase[]): number {
  const { examples, counts } = kindsOf(program);
  const costs = costsOf(program);
  return examples.reduce((sum, example, kind) => {
    const count = phases.reduce((all, phase) => all + counts[phase][kind]!, 0);
    return sum + count * costs(example)[cost];
  }, 0);
}

/** Multiply-adds of all dots and convolutions, as the literature counts "GMAC". */
export function multiplyAddCount(program: Program): number {
  return total(program, "multiplyAdds", allPhases);
}

/** Floating-point operations of some phases as XLA counts them; of all unless given. */
export function flopCount(program: Program, phases: readonly Phase[] = allPhases): number {
  return total(program, "flops", phases);
}
