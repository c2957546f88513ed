/**
 * @file Reverse-mode differentiation: walks a trace backwards and appends, for each operation that a wanted
 * value depends on and the loss needs, the operations of its vector-Jacobian product. A rematerialised region
 * is first computed again, behind an optimization barrier, and the walk then goes through the copy.
 */
import { optimizationBarrier } from "../ops/collective.js";
import { fullLike } from "../ops/constants.js";
import { add } from "../ops/elementwise.js";
import { definitionOf } from "../ops/registry.js";
import type { RematerializedRegion, Tensor, Trace } from "../program/trace.js";
import type { Operation, ValueId } from "../program/types.js";

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

  let end = forward.length;
  for (const region of [...regions].reverse()) {
    pullBack(trace, forward.slice(region.end, end), needsGradient, cotangents);
    pullBackRematerialized(trace, forward.slice(region.start, region.end), needsGradient, cotangents);
    end = region.start;
  }
  pullBack(trace, forward.slice(0, end), needsGradient, cotangents);
  return wanted.map((tensor) => cotangents.get(tensor.id) ?? fullLike(tensor, 0));
}

/** Values that depend on any of `sources` other than through detached ones. */
function reachableFrom(
  trace: Trace,
  operations: readonly Operation[],
  sources: readonly ValueId[],
): Set<ValueId> {
  const reached = new Set(sources);
  for (const { operands, results } of operations) {
    if (operands.some((operand) => reached.has(operand))) {
      for (const result of results) if (!trace.isDetached(result)) reached.add(result);
    }
  }
  return reached;
}

function accumulate(cotangents: Cotangents, value: ValueId, cotangent: Tensor): void {
  const previous = cotangents.get(value);
  cotangents.set(value, previous ? add(previous, cotangent) : cotangent);
}

/** Carries cotangents from the results of `operations` to their operands, last operation first. */
function pullBack(
  trace: Trace,
  operations: readonly Operation[],
  needsGradient: ReadonlySet<ValueId>,
  cotangents: Cotangents,
): void {
  for (const operation of [...operations].reverse()) {
    const { operands, results, scope } = operation;
    if (!results.some((result) => cotangents.has(result))) continue;
    if (!operands.some((operand) => needsGradient.has(operand))) continue;
    trace.at(scope, "backward", () => {
      const resultTensors = results.map((result) => trace.tensor(result));
      const rules = definitionOf(operation).vjp(
        {
          operands: operands.map((operand) => trace.tensor(operand)),
          results: resultTensors,
          attributes: operation.attributes,
        },
        resultTensors.map((result) => cotangents.get(result.id) ?? fullLike(result, 0)),
      );
      operands.forEach((operand, i) => {
        const rule = rules[i];
        if (rule && needsGradient.has(operand)) accumulate(cotangents, operand, rule());
      });
    });
  }
}

/** `pullBack` through a copy of `region` that is computed only when the region's cotangents are there. */
function pullBackRematerialized(
  trace: Trace,
  region: readonly Operation[],
  needsGradient: ReadonlySet<ValueId>,
  cotangents: Cotangents,
): void {
  const defined = new Set(region.flatMap(({ results }) => results));
  const read = [...new Set(region.flatMap(({ operands }) => operands))].filter(
    (value) => !defined.has(value),
  );
  const arriving = [...defined].filter((value) => cotangents.has(value));
  if (arriving.length === 0) return;

  // Without the barrier the compiler would see the copy as a common subexpression and keep the original.
  const [first] = region;
  const released = trace.at(first!.scope, "backward", () =>
    optimizationBarrier([
      ...read.map((value) => trace.tensor(value)),
      ...arriving.map((value) => cotangents.get(value)!),
    ]),
  );
  const copyOf = new Map<ValueId, Tensor>(read.map((value, i) => [value, released[i]!]));
  const copies = region.map((operation) => {
    const operands = operation.operands.map((operand) => copyOf.get(operand)!);
    const results = trace.repeat(operation, operands, "recompute");
    operation.results.forEach((result, i) => {
      copyOf.set(result, results[i]!);
    });
    return trace.operations.at(-1)!;
  });

  const original = new Map(read.map((value) => [copyOf.get(value)!.id, value]));
  const copyNeedsGradient = reachableFrom(
    trace,
    copies,
    read.filter((value) => needsGradient.has(value)).map((value) => copyOf.get(value)!.id),
  );
  const copyCotangents: Cotangents = new Map(
    arriving.map((value, i) => [copyOf.get(value)!.id, released[read.length + i]!]),
  );
  pullBack(trace, copies, copyNeedsGradient, copyCotangents);
  for (const [copy, value] of original) {
    const cotangent = copyCotangents.get(copy);
    if (cotangent) trace.at(first!.scope, "backward", () => accumulate(cotangents, value, cotangent));
  }
}
