/**
 * @file How the values of a program are stored on the host, where it runs operation by operation: the executor
 * allocates by this table and the simulator counts by it.
 *
 * Floats are f32 whatever the program says, integers i32, predicates one byte. Two things are not stored in
 * full: constants are made once and shared, and a broadcast that only elementwise operations read keeps its
 * unstretched shape, because those broadcast by themselves.
 */
import type { HostStep } from "./hostGroups.js";
import {
  type DType,
  elementCount,
  type Operation,
  type OpName,
  type Program,
  type ValueId,
} from "./types.js";

const HOST_BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = { f32: 4, bf16: 4, i32: 4, i1: 1, ui8: 4 };

export interface HostStorage {
  /** Shape of each value as stored, by value. */
  readonly shapes: readonly (readonly number[])[];
  /** For values that a constant or iota defines: the one of several equal values that is stored. */
  readonly sharedWith: ReadonlyMap<ValueId, ValueId>;
}

const broadcastingReaders: ReadonlySet<OpName> = new Set<OpName>([
  "add",
  "subtract",
  "multiply",
  "divide",
  "maximum",
  "minimum",
  "power",
  "compare",
  "select",
]);

const isConstant = ({ name }: Operation) => name === "constant" || name === "iota";
const stretches = ({ name }: Operation) => name === "broadcastInDim" || name === "constant";

/** The shape before stretching, with the rank of the result: size 1 where the operand was stretched. */
function unstretched(program: Program, operation: Operation): readonly number[] {
  if (operation.name !== "broadcastInDim") return [];
  const operand = program.types[operation.operands[0]!]!.shape;
  const { shape, dimensions } = operation.attributes;
  return shape.map((_, d) => {
    const i = dimensions.indexOf(d);
    return i === -1 ? 1 : operand[i]!;
  });
}

/** Decides how each value of `program` is stored when it is run in these steps. */
export function hostStorage(program: Program, steps: readonly HostStep[]): HostStorage {
  const producer = new Map<ValueId, Operation>();
  const readers = new Map<ValueId, HostStep[]>();
  for (const step of steps) {
    if (step.operation) for (const result of step.results) producer.set(result, step.operation);
    for (const operand of step.operands) {
      const list = readers.get(operand);
      if (list) list.push(step);
      else readers.set(operand, [step]);
    }
  }
  const isOutput = new Set(program.outputs.map(({ value }) => value));
  /** The least shape that a value may be stored with, of the rank of its own; nothing for a scalar. */
  const leastShape = (value: ValueId): readonly number[] => {
    const operation = producer.get(value);
    return operation && stretches(operation) ? unstretched(program, operation) : program.types[value]!.shape;
  };
  /** Whether a reader gets its full shape from its operands together, with none of them stretched. */
  const broadcasts = ({ operation: reader }: HostStep): boolean => {
    if (!reader || !broadcastingReaders.has(reader.name)) return false;
    const least = reader.operands.map(leastShape);
    const { shape } = program.types[reader.results[0]!]!;
    return shape.every((size, d) => least.some((operand) => operand[d] === size));
  };

  const shapes = program.types.map(({ shape }) => shape);
  const firstOfItsKind = new Map<string, ValueId>();
  const sharedWith = new Map<ValueId, ValueId>();
  for (const { operation } of steps) {
    const value = operation?.results[0];
    if (!operation || value === undefined || isOutput.has(value)) continue;
    if (stretches(operation) && (readers.get(value) ?? []).every(broadcasts)) {
      shapes[value] = unstretched(program, operation);
    }
    if (isConstant(operation)) {
      const { dtype } = program.types[value]!;
      const key = `${dtype} ${shapes[value]} ${JSON.stringify({ ...operation.attributes, type: undefined })}`;
      const first = firstOfItsKind.get(key) ?? value;
      firstOfItsKind.set(key, first);
      sharedWith.set(value, first);
    }
  }
  return { shapes, sharedWith };
}

/** Bytes that a value takes on the host. */
export function hostBytes(program: Program, { shapes }: HostStorage, value: ValueId): number {
  return elementCount(shapes[value]!) * HOST_BYTES_PER_ELEMENT[program.types[value]!.dtype];
}
