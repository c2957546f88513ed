/**
 * @file Reverse-mode differentiation: walks a trace backwards and appends, for each operation that a wanted
 * value depends on and the loss needs, the operations of its vector-Jacobian product. A rematerialised region
 * is first computed again, behind an optimization barrier, and the walk then goes through the copy. Weights of which each device
 * holds a part are gathered again.
 */
import { optimizationBarrier } from "../ops/collective.js";
import { fullLike } from "../ops/constants.js";
import { add } from "../ops/elementwise.js";
import { definitionOf } from "../ops/registry.js";
import type { RematerializedRegion, Tensor, Trace } from "../program/trace.js";
import type { Operation, ValueId } from "../program/types.js";
import { gatheredAgain, type Read } from "./gatheredAgain.js";

type Cotangents = Map<ValueId, Tensor>;

/**
 * Appends the gradient of `loss` with respect to each of `wanted` to their trace, in phase `backward`, every
 * operation under the scope of the forward operation it comes from.
 *
 * With several replicas this is the gradient of the *sum of all replicas' losses* with respect to this
 * replica's copy; see `src/ops/collective.ts`.
 *
 * @param loss a scalar
 * @param regions of the forward pass that are computed again, in program order; those that the model has asked for
 * @returns one tensor for each of `wanted`, of its type; zeros where the loss does not depend on it
 * @throws Error when the loss is not a scalar
 */
export function differentiate(
  loss: Tensor,
  wanted: readonly Tensor[],
  regions: readonly RematerializedRegion[] = loss.trace.regions,
): Tensor[] {
  if (loss.shape.length !== 0) throw new Error(`only a scalar can be differentiated, not [${loss.shape}]`);
  const { trace } = loss;
  const forward = [...trace.operations];
  const needsGradient = reachableFrom(
    trace,
    forward,
    wanted.map(({ id }) => id),
  );
  const cotangents: Cotangents = new Map();
  trace.at("loss", "backward", () => cotangents.set(loss.id, fullLike(loss, 1)));

  const whole = { start: 0, end: forward.length, within: regions };
  pullBackThrough(trace, whole, needsGradient, cotangents, gatheredAgain(trace));
  return wanted.map((tensor) => cotangents.get(tensor.id) ?? fullLike(tensor, 0));
}

/** Values that depend on any of `sources` other than through detached ones. */
function reachableFrom(
  trace: Trace,
  operations: readonly Operation[],
  sources: readonly ValueId[],
): Set<ValueId> {
  const reached = new Set(sources);
  for (const { name, operands, results } of operations) {
    if (name === "optimizationBarrier") {
      results.forEach((result, i) => {
        if (reached.has(operands[i]!)) reached.add(result);
      });
    } else if (operands.some((operand) => reached.has(operand))) {
      for (const result of results) if (!trace.isDetached(result)) reached.add(result);
    }
  }
  return reached;
}

function accumulate(cotangents: Cotangents, value: ValueId, cotangent: Tensor): void {
  const previous = cotangents.get(value);
  cotangents.set(value, previous ? add(previous, cotangent) : cotangent);
}

/** Carries cotangents from the end of a part of the trace to its start, through copies of the regions inside it. */
function pullBackThrough(
  trace: Trace,
  { start, end, within = [] }: RematerializedRegion,
  needsGradient: ReadonlySet<ValueId>,
  cotangents: Cotangents,
  read: Read,
): void {
  let rest = end;
  for (const region of [...within].reverse()) {
    pullBack(trace, trace.operations.slice(region.end, rest), needsGradient, cotangents, read);
    pullBackRematerialized(trace, region, needsGradient, cotangents, read);
    rest = region.start;
  }
  pullBack(trace, trace.operations.slice(start, rest), needsGradient, cotangents, read);
}

/** Carries cotangents from the results of `operations` to their operands, last operation first. */
function pullBack(
  trace: Trace,
  operations: readonly Operation[],
  needsGradient: ReadonlySet<ValueId>,
  cotangents: Cotangents,
  read: Read,
): void {
  for (const operation of [...operations].reverse()) {
    const { operands, results, scope } = operation;
    if (!results.some((result) => cotangents.has(result))) continue;
    if (!operands.some((operand) => needsGradient.has(operand))) continue;
    trace.at(scope, "backward", () => {
      const resultTensors = results.map(read);
      const rules = definitionOf(operation).vjp(
        {
          operands: operands.map(read),
          results: resultTensors,
          attributes: operation.attributes,
        },
        results.map((result, i) => cotangents.get(result) ?? fullLike(resultTensors[i]!, 0)),
      );
      operands.forEach((operand, i) => {
        const rule = rules[i];
        if (rule && needsGradient.has(operand)) accumulate(cotangents, operand, rule());
      });
    });
  }
}

/** Pulls cotangents back through a copy of a region that is computed only when the region's cotangents are there. */
function pullBackRematerialized(
  trace: Trace,
  { start, end, inTurn, within = [] }: RematerializedRegion,
  needsGradient: ReadonlySet<ValueId>,
  cotangents: Cotangents,
  readValue: Read,
): void {
  const region = trace.operations.slice(start, end);
  const defined = new Set(region.flatMap(({ results }) => results));
  const read = [...new Set(region.flatMap(({ operands }) => operands))].filter(
    (value) => !defined.has(value),
  );
  const arriving = [...defined].filter((value) => cotangents.has(value));
  if (arriving.length === 0) return;
  const earlier = inTurn ? read.filter((value) => cotangents.has(value)) : [];

  // Without the barrier the compiler would see the copy as a common subexpression and keep the original.
  const [first] = region;
  const released = trace.at(first!.scope, "backward", () =>
    optimizationBarrier([
      ...read.map(readValue),
      ...[...arriving, ...earlier].map((value) => cotangents.get(value)!),
    ]),
  );
  earlier.forEach((value, i) => {
    cotangents.set(value, released[read.length + arriving.length + i]!);
  });
  const copyOf = new Map<ValueId, Tensor>(read.map((value, i) => [value, released[i]!]));
  const firstCopy = trace.operations.length;
  trace.repeat(region, copyOf, "recompute");
  const copies = trace.operations.slice(firstCopy);

  const original = new Map(read.map((value) => [copyOf.get(value)!.id, value]));
  const copyNeedsGradient = reachableFrom(
    trace,
    copies,
    read.filter((value) => needsGradient.has(value)).map((value) => copyOf.get(value)!.id),
  );
  const copyCotangents: Cotangents = new Map(
    arriving.map((value, i) => [copyOf.get(value)!.id, released[read.length + i]!]),
  );
  const shifted = within.map((inner) => ({
    start: inner.start - start + firstCopy,
    end: inner.end - start + firstCopy,
  }));
  const copied = { start: firstCopy, end: firstCopy + copies.length, within: shifted };
  // A block's weights are kept from its copy to its gradients, as FSDP does; those of a whole tower are not.
  const readCopy: Read = inTurn ? gatheredAgain(trace) : (value) => trace.tensor(value);
  pullBackThrough(trace, copied, copyNeedsGradient, copyCotangents, readCopy);
  for (const [copy, value] of original) {
    const cotangent = copyCotangents.get(copy);
    if (cotangent) trace.at(first!.scope, "backward", () => accumulate(cotangents, value, cotangent));
  }
}
