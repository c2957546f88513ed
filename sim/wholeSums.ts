/**
 * @file Whole sums: where a chip has no reduce-scatter, the compiler sums all of a value on every device (an all-reduce, of which
 * each keeps its part), and only when something wants a part: all the sums together, as of gradients that every device holds.
 */
import type { Operation, Program, ValueId } from "../src/program/types.js";
import type { AcceleratorProfile } from "./hardware.js";

/** Whether a chip's compiler makes an all-reduce of every reduce-scatter. */
export const sumsWhole = ({ interconnect }: AcceleratorProfile) =>
  interconnect.reduceScatter?.value === "all-reduce";

const known = new WeakMap<Program["operations"], Program["operations"]>();

/** The program with each reduce-scatter moved to right before the first operation that reads a part, for such a chip. */
export function delayWholeSums(program: Program, chip: AcceleratorProfile): Program {
  if (!sumsWhole(chip)) return program;
  // One list for all programs of a family, so that what is found out about it holds for them.
  const operations = known.get(program.operations) ?? delayed(program.operations);
  known.set(program.operations, operations);
  return { ...program, operations };
}

function delayed(operations: Program["operations"]): Program["operations"] {
  if (!operations.some(({ name }) => name === "reduceScatter")) return operations;
  let waiting: Operation[] = [];
  const parts = new Set<ValueId>();
  const reordered: Operation[] = [];
  for (const operation of operations) {
    if (operation.name === "reduceScatter") {
      waiting.push(operation);
      parts.add(operation.results[0]!);
      continue;
    }
    if (operation.operands.some((operand) => parts.has(operand))) {
      reordered.push(...waiting);
      waiting = [];
      parts.clear();
    }
    reordered.push(operation);
  }
  return [...reordered, ...waiting];
}
