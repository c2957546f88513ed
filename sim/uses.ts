/**
 * @file Who makes and who reads each value, and which part an operation can take in a fusion.
 */
import type { Operation, OpName, Program, ValueId } from "../src/program/types.js";
import type { FusionKind } from "./fusion.js";

/** How an operation takes part in fusion: `inline` ones have no buffer of their own unless decided otherwise. */
export type Role = "inline" | "reduction" | Exclude<FusionKind, "loop" | "reduction" | "copy" | "reshape">;

const anchorRoles: Partial<Readonly<Record<OpName, Role>>> = {
  dotGeneral: "dot",
  convolution: "convolution",
  convolutionInputGradient: "convolution",
  convolutionKernelGradient: "convolution",
  gather: "gather",
  scatterAdd: "scatter",
  topK: "sort",
  reduceWindow: "window",
  selectAndScatter: "window",
  reduce: "reduction",
  allReduce: "collective",
  allGather: "collective",
  reduceScatter: "collective",
  collectivePermute: "collective",
};

export const roleOf = (operation: Operation): Role => anchorRoles[operation.name] ?? "inline";

export interface Uses {
  readonly producer: readonly (Operation | undefined)[];
  readonly consumers: readonly (readonly Operation[])[];
  /** Where in the program an operation is. */
  readonly positionOf: (operation: Operation) => number;
  readonly isOutput: ReadonlySet<ValueId>;
}

/** Who makes and who reads each value of a program. */
export function usesOf(program: Program): Uses {
  const producer: (Operation | undefined)[] = new Array(program.types.length).fill(undefined);
  const consumers: Operation[][] = program.types.map(() => []);
  const positions = new Int32Array(program.types.length);
  program.operations.forEach((operation, position) => {
    positions[operation.results[0]!] = position;
    for (const result of operation.results) producer[result] = operation;
    for (const operand of operation.operands) {
      const list = consumers[operand]!;
      if (list.at(-1) !== operation) list.push(operation);
    }
  });
  return {
    producer,
    consumers,
    positionOf: ({ results }) => positions[results[0]!]!,
    isOutput: new Set(program.outputs.map(({ value }) => value)),
  };
}

/** Which of some operations makes each of their results. */
export function producersOf(operations: Iterable<Operation>): ReadonlyMap<ValueId, Operation> {
  return new Map(
    [...operations].flatMap((operation) => operation.results.map((result) => [result, operation])),
  );
}

/** What one result is computed from: a barrier's result is its own operand, whatever else the barrier holds. */
export function operandsOf(producer: Operation, result: ValueId): readonly ValueId[] {
  return producer.name === "optimizationBarrier"
    ? [producer.operands[producer.results.indexOf(result)]!]
    : producer.operands;
}
