/**
 * @file Fusions that are equal: of the same kinds of operations, put together in the same way, as those of all blocks of a
 * transformer are. What one of them takes, all take whose buffers are laid out alike.
 */
import { kindsOf, numbering } from "../src/program/kinds.js";
import type { Operation, Program, ValueId } from "../src/program/types.js";
import type { FusedProgram, Fusion } from "./fusion.js";

/** Writes a fusion down, its values numbered in the order in which they appear. */
function describe({ kind, operations, reads, writes }: Fusion, program: Program): string {
  const { kindOf } = kindsOf(program);
  const valueNumber = numbering<ValueId>();
  let text: string = kind;
  for (const operation of operations) {
    text += `;${kindOf(operation)}`;
    for (const value of operation.operands) text += `,${valueNumber(value)}`;
    for (const value of operation.results) text += `:${valueNumber(value)}`;
  }
  for (const value of reads) text += `<${valueNumber(value)}`;
  for (const value of writes) text += `>${valueNumber(value)}`;
  return text;
}

type NumberOf = (fusion: Fusion) => number;

const known = new WeakMap<FusedProgram["fusions"], NumberOf>();

/** All copies between layouts: they have no operations, and depend on their buffers only. */
const COPY = -1;

function findEqual({ program, fusions }: FusedProgram): NumberOf {
  const numberOf = numbering<string>();
  // Told by its operations, so that a fusion which is run again finds its number, too.
  const numbers = new Map<readonly Operation[], number>(
    fusions.map((fusion) => [fusion.operations, numberOf(describe(fusion, program))]),
  );
  return ({ kind, operations }) => (kind === "copy" ? COPY : numbers.get(operations)!);
}

/** Numbers fusions so that equal ones have the same number. */
export function equalFusions(fused: FusedProgram): NumberOf {
  const found = known.get(fused.fusions) ?? findEqual(fused);
  known.set(fused.fusions, found);
  return found;
}
