/**
 * @file Kinds of operations: those of one kind do the same to operands of the same types, as in every block of a transformer.
 * What one of them costs, all cost.
 */
import { repeatSizes } from "./family.js";
import type { Operation, Phase, Program, TensorType } from "./types.js";

export interface OperationKinds {
  readonly kindOf: (operation: Operation) => number;
  /** One operation of each kind. */
  readonly examples: readonly Operation[];
  /** How many of each kind there are in a phase. */
  readonly counts: Readonly<Record<Phase, readonly number[]>>;
}

/** Gives things numbers, equal ones the same, in the order in which they come. */
export function numbering<T>(): (thing: T) => number {
  const numbers = new Map<T, number>();
  return (thing) => {
    const known = numbers.get(thing);
    if (known !== undefined) return known;
    numbers.set(thing, numbers.size);
    return numbers.size - 1;
  };
}

const knownKinds = new WeakMap<Program["operations"], OperationKinds>();

function findKinds({ operations, types }: Program): OperationKinds {
  const typeNumber = numbering<TensorType>();
  const kindNumber = numbering<string>();
  const kinds = new Int32Array(types.length);
  const examples: Operation[] = [];
  const counts: Record<Phase, number[]> = { forward: [], recompute: [], backward: [], update: [] };
  for (const operation of operations) {
    const { name, attributes, operands, results, phase } = operation;
    let key: string = name;
    // A barrier costs nothing whatever it holds, and may hold hundreds of values.
    if (name !== "optimizationBarrier") {
      for (const value of operands) key += `,${typeNumber(types[value]!)}`;
      for (const value of results) key += `:${typeNumber(types[value]!)}`;
      if (!repeatSizes.has(name)) key += JSON.stringify(attributes);
    }
    const kind = kindNumber(key);
    kinds[results[0]!] = kind;
    if (kind === examples.length) {
      examples.push(operation);
      for (const ofPhase of Object.values(counts)) ofPhase.push(0);
    }
    counts[phase][kind]!++;
  }
  return { kindOf: ({ results }) => kinds[results[0]!]!, examples, counts };
}

/** The kinds of a program's operations; those of a family have the same. */
export function kindsOf(program: Program): OperationKinds {
  const found = knownKinds.get(program.operations) ?? findKinds(program);
  knownKinds.set(program.operations, found);
  return found;
}
