/**
 * @file What it takes to be an operation: a shape rule, a cost and a vector-Jacobian product, in one place.
 */
import type { Tensor } from "../program/trace.js";
import { formatType, type OpAttributes, type OpName, type TensorType } from "../program/types.js";

/** An operand that an operation cannot take. The message begins with the scope and the operation. */
class ShapeError extends Error {}

export interface Cost {
  /** Floating-point operations as XLA's HloCostAnalysis counts them: 2 per multiply-add that is not padding. */
  readonly flops: number;
  /** Elements put through exp, log, tanh, rsqrt and the like, which XLA counts apart. */
  readonly transcendentals: number;
  /**
   * Multiply-adds as the literature counts them for "GMAC" (padding positions of a convolution included);
   * zero for everything but dots and convolutions.
   */
  readonly multiplyAdds: number;
}

export const FREE: Cost = { flops: 0, transcendentals: 0, multiplyAdds: 0 };

/** One arithmetic operation for each of `count` elements. */
export function arithmetic(count: number): Cost {
  return { flops: count, transcendentals: 0, multiplyAdds: 0 };
}

/** What a vector-Jacobian product rule sees of the operation it differentiates. */
interface Linearization<N extends OpName> {
  readonly operands: readonly Tensor[];
  readonly results: readonly Tensor[];
  readonly attributes: OpAttributes[N];
}

/**
 * For each operand a function that emits its cotangent, or undefined where there is none (integers,
 * predicates). Functions, so that nothing is emitted for operands that need no gradient.
 */
type Cotangents = readonly ((() => Tensor) | undefined)[];

export interface OpDefinition<N extends OpName> {
  /** Result types. @throws ShapeError (through `reject`) when the operands do not fit. */
  readonly infer: (
    operands: readonly TensorType[],
    attributes: OpAttributes[N],
    reject: (why: string) => never,
  ) => readonly TensorType[];
  readonly cost: (
    operands: readonly TensorType[],
    results: readonly TensorType[],
    attributes: OpAttributes[N],
  ) => Cost;
  /** `cotangents[i]` is the cotangent of result i; all results of one operation have one by then. */
  readonly vjp: (of: Linearization<N>, cotangents: readonly Tensor[]) => Cotangents;
}

/** Runs the shape rule of an operation. @throws ShapeError naming the scope, the operation and its operands */
export function inferTypes<N extends OpName>(
  name: N,
  definition: OpDefinition<N>,
  operands: readonly TensorType[],
  attributes: OpAttributes[N],
  scope: string,
): readonly TensorType[] {
  return definition.infer(operands, attributes, (why) => {
    const where = scope === "" ? "" : `${scope}: `;
    throw new ShapeError(`${where}${name}(${operands.map(formatType).join(", ")}): ${why}`);
  });
}

/** Checks operands and appends the operation to their trace. @throws ShapeError */
export function emitAll<N extends OpName>(
  name: N,
  definition: OpDefinition<N>,
  operands: readonly Tensor[],
  attributes: OpAttributes[N],
  trace = operands[0]!.trace,
): Tensor[] {
  const types = inferTypes(name, definition, operands, attributes, trace.scope);
  return trace.append(name, operands, attributes, types);
}

/** `emitAll` for the common case of one result. */
export function emit<N extends OpName>(
  name: N,
  definition: OpDefinition<N>,
  operands: readonly Tensor[],
  attributes: OpAttributes[N],
  trace = operands[0]!.trace,
): Tensor {
  return emitAll(name, definition, operands, attributes, trace)[0]!;
}
