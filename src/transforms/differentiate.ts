/**
 * @file Reverse-mode differentiation: walks a trace backwards and appends, for each operation that a wanted
 * value depends on and the loss needs, the operations of its vector-Jacobian product.
 */
import { fullLike } from "../ops/constants.js";
import { add } from "../ops/elementwise.js";
import { definitionOf } from "../ops/registry.js";
import type { Tensor } from "../program/trace.js";
import type { Operation, ValueId } from "../program/types.js";

/** Values that depend on any of `sources`. */
function reachableFrom(operations: readonly Operation[], sources: readonly Tensor[]): ReadonlySet<ValueId> {
  const reached = new Set(sources.map(({ id }) => id));
  for (const { operands, results } of operations) {
    if (operands.some((operand) => reached.has(operand))) {
      for (const result of results) reached.add(result);
    }
  }
  return reached;
}

/**
 * Appends the gradient of `loss` with respect to each of `wanted` to their trace, in phase `backward`, every
 * operation under the scope of the forward operation it comes from.
 *
 * With several replicas this is the gradient of the *sum of all replicas' losses* with respect to this
 * replica's copy; see `src/ops/collective.ts`.
 *
 * @param loss a scalar
 * @returns one tensor for each of `wanted`, of its type; zeros where the loss does not depend on it
 * @throws Error when the loss is not a scalar
 */
export function differentiate(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) throw new Error(`only a scalar can be differentiated, not [${loss.shape}]`);
  const { trace } = loss;
  const forward = [...trace.operations];
  const needsGradient = reachableFrom(forward, wanted);
  const cotangents = new Map<ValueId, Tensor>();
  const accumulate = (value: ValueId, cotangent: Tensor) => {
    const previous = cotangents.get(value);
    cotangents.set(value, previous ? add(previous, cotangent) : cotangent);
  };

  trace.at("loss", "backward", () => cotangents.set(loss.id, fullLike(loss, 1)));
  for (const operation of forward.reverse()) {
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
        if (rule && needsGradient.has(operand)) accumulate(operand, rule());
      });
    });
  }
  return wanted.map((tensor) => cotangents.get(tensor.id) ?? fullLike(tensor, 0));
}
