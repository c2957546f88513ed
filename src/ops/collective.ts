/**
 * @file Communication between the devices that run the program together; and the barrier that orders it.
 *
 * Gradients follow the convention that what is differentiated is the *sum of the losses of all devices*: the
 * cotangent of a sum over devices is then itself a sum over devices.
 */
import type { Tensor } from "../program/trace.js";
import { elementCount } from "../program/types.js";
import { arithmetic, emit, emitAll, FREE, type OpDefinition } from "./definition.js";

/** [source, target] device numbers. */
export type SourceTargetPairs = readonly (readonly [source: number, target: number])[];

declare module "../program/types.js" {
  interface OpAttributes {
    /** Every device gets the sum over all devices. */
    allReduce: Readonly<Record<never, never>>;
    /** Every device gets all devices' operands, concatenated along `dimension`. */
    allGather: { readonly dimension: number; readonly replicas: number };
    /** Device i gets part i (along `dimension`) of the sum over all devices. */
    reduceScatter: { readonly dimension: number; readonly replicas: number };
    /** The target of each pair gets its source's operand. */
    collectivePermute: { readonly pairs: SourceTargetPairs };
    /**
     * Results are the operands, but nothing that needs a result may be computed before every operand has been:
     * keeps the compiler from undoing a rematerialisation.
     */
    optimizationBarrier: Readonly<Record<never, never>>;
  }
}

const resized = (shape: readonly number[], dimension: number, factor: number) =>
  shape.map((size, d) => (d === dimension ? size * factor : size));

export const allReduceOp: OpDefinition<"allReduce"> = {
  infer: ([x]) => [x!],
  cost: (_, [y]) => arithmetic(elementCount(y!.shape)),
  vjp: (_, [g]) => [() => allReduce(g!)],
};

export const allGatherOp: OpDefinition<"allGather"> = {
  infer: ([x], { dimension, replicas }, reject) =>
    dimension < x!.shape.length
      ? [{ dtype: x!.dtype, shape: resized(x!.shape, dimension, replicas) }]
      : reject(`there is no dimension ${dimension}`),
  cost: () => FREE,
  vjp: ({ attributes: { dimension } }, [g]) => [() => reduceScatter(g!, dimension)],
};

export const reduceScatterOp: OpDefinition<"reduceScatter"> = {
  infer: ([x], { dimension, replicas }, reject) =>
    x!.shape[dimension]! % replicas === 0
      ? [{ dtype: x!.dtype, shape: resized(x!.shape, dimension, 1 / replicas) }]
      : reject(`dimension ${dimension} does not divide among ${replicas} devices`),
  cost: ([x]) => arithmetic(elementCount(x!.shape)),
  vjp: ({ attributes: { dimension } }, [g]) => [() => allGather(g!, dimension)],
};

export const collectivePermuteOp: OpDefinition<"collectivePermute"> = {
  infer: ([x]) => [x!],
  cost: () => FREE,
  vjp: ({ attributes: { pairs } }, [g]) => [
    () =>
      collectivePermute(
        g!,
        pairs.map(([source, target]) => [target, source] as const),
      ),
  ],
};

export const optimizationBarrierOp: OpDefinition<"optimizationBarrier"> = {
  infer: (operands) => operands,
  cost: () => FREE,
  vjp: (_, cotangents) => cotangents.map((g) => () => g),
};

/** Sum over all devices; `x` itself when there is only one. */
export function allReduce(x: Tensor): Tensor {
  return x.trace.replicas === 1 ? x : emit("allReduce", allReduceOp, [x], {});
}

/** Concatenation of all devices' operands; `x` itself when there is only one device. */
export function allGather(x: Tensor, dimension: number): Tensor {
  const { replicas } = x.trace;
  return replicas === 1 ? x : emit("allGather", allGatherOp, [x], { dimension, replicas });
}

/** This device's part of the sum over all devices; `x` itself when there is only one device. */
export function reduceScatter(x: Tensor, dimension: number): Tensor {
  const { replicas } = x.trace;
  return replicas === 1 ? x : emit("reduceScatter", reduceScatterOp, [x], { dimension, replicas });
}

export function collectivePermute(x: Tensor, pairs: SourceTargetPairs): Tensor {
  return emit("collectivePermute", collectivePermuteOp, [x], { pairs });
}

export function optimizationBarrier(operands: readonly Tensor[]): Tensor[] {
  return emitAll("optimizationBarrier", optimizationBarrierOp, operands, {});
}
