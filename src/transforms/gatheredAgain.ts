/**
 * @file Gathers weights again for the backward pass: what a device holds a part of is whole only while it is used, and the forward
 * pass keeps none of it (ZeRO stage 3; FSDP's `reshard_after_forward`).
 */
import { optimizationBarrier } from "../ops/collective.js";
import type { Tensor, Trace } from "../program/trace.js";
import type { Operation, ValueId } from "../program/types.js";
import { weightShards } from "./sharding.js";

/** How the backward pass reads a value of the forward pass. */
export type Read = (value: ValueId) => Tensor;

/** The operations that make values of nothing but weights and constants, with a gathered weight among them, by result. */
function madeOfGathered(trace: Trace): ReadonlyMap<ValueId, Operation> {
  const made = new Map<ValueId, Operation>();
  const shards = new Set(weightShards(trace).map(({ id }) => id));
  if (shards.size === 0) return made;
  /** Weights that are whole everywhere, constants, and what is made of both: they are kept as they are. */
  const kept = new Set(
    trace.inputs
      .filter(({ role, shard }) => !shard && (role === "parameter" || role === "frozen"))
      .map(({ value }) => value),
  );
  for (const operation of trace.operations) {
    const { name, operands, results } = operation;
    if (name === "optimizationBarrier") {
      for (const of of [shards, kept]) {
        results.forEach((result, i) => {
          if (of.has(operands[i]!)) of.add(result);
        });
      }
    } else if (name === "allGather" && shards.has(operands[0]!)) {
      made.set(results[0]!, operation);
    } else if (operands.every((operand) => kept.has(operand))) {
      for (const result of results) kept.add(result);
    } else if (operands.every((operand) => kept.has(operand) || made.has(operand))) {
      for (const result of results) made.set(result, operation);
    }
  }
  return made;
}

/**
 * Reads values of what the trace holds so far. A gathered weight, and what is made of weights alone (its bf16 copy, a standardised
 * kernel), is made again where it is first read; everything else is read as it is.
 */
export function gatheredAgain(trace: Trace): Read {
  const made = madeOfGathered(trace);
  const copyOf = new Map<ValueId, Tensor>();
  const makeAgain = (value: ValueId): void => {
    const operation = made.get(value);
    if (!operation || copyOf.has(value)) return;
    const [first] = operation.operands as readonly [ValueId];
    if (operation.name === "allGather" && !made.has(first)) {
      // Without the barrier the compiler would see a common subexpression and keep the first gather's result.
      const [part] = trace.at(operation.scope, "recompute", () => optimizationBarrier([trace.tensor(first)]));
      copyOf.set(first, part!);
    } else operation.operands.forEach(makeAgain);
    trace.repeat([operation], copyOf, "recompute");
  };
  return (value) => {
    makeAgain(value);
    return copyOf.get(value) ?? trace.tensor(value);
  };
}
