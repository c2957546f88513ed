/**
 * @file Liveness: where each value is made and where it is last used. The simulator's memory pass and the
 * trainer's executor both free by this table, which is why their peaks can be compared to the byte.
 */
import type { Program, ValueId } from "./types.js";

export interface Liveness {
  /** For each operation, in order, the values whose last use it is (results that nothing uses included). */
  readonly diesAfter: readonly (readonly ValueId[])[];
}

/** What liveness looks at: a program, or the steps in which the host runs one. */
export interface Lines {
  readonly inputs: readonly { readonly value: ValueId }[];
  readonly operations: readonly {
    readonly operands: readonly ValueId[];
    readonly results: readonly ValueId[];
  }[];
  readonly outputs: readonly { readonly value: ValueId }[];
}

/**
 * Values that die after each operation. Outputs of the program never die; neither do inputs, which belong to
 * the caller, unless `donated` says that the program may free them after their last use.
 */
export function liveness(program: Lines, donated: ReadonlySet<ValueId> = new Set()): Liveness {
  // A donated input that nothing reads is of no more use once the program has begun.
  const lastUse = new Map<ValueId, number>([...donated].map((value) => [value, 0]));
  program.operations.forEach(({ operands, results }, index) => {
    for (const value of operands) lastUse.set(value, index);
    for (const value of results) lastUse.set(value, index);
  });
  for (const { value } of program.outputs) lastUse.delete(value);
  for (const { value } of program.inputs) {
    if (!donated.has(value)) lastUse.delete(value);
  }
  const diesAfter: ValueId[][] = program.operations.map(() => []);
  for (const [value, index] of lastUse) diesAfter[index]?.push(value);
  return { diesAfter };
}

/** Drops the inputs that no operation and no output reads; for programs that replace none of them. */
export function withoutUnreadInputs(program: Program): Program {
  const read = new Set(program.operations.flatMap(({ operands }) => operands));
  for (const { value } of program.outputs) read.add(value);
  return { ...program, inputs: program.inputs.filter(({ value }) => read.has(value)) };
}

/** Drops the operations that no output depends on. Value numbers stay as they are. */
export function eliminateDeadCode(program: Program): Program {
  const needed = new Set(program.outputs.map(({ value }) => value));
  const kept = [...program.operations].reverse().filter(({ operands, results }) => {
    if (!results.some((result) => needed.has(result))) return false;
    for (const operand of operands) needed.add(operand);
    return true;
  });
  return { ...program, operations: kept.reverse() };
}
