/** @file From an instance of an operation to a program and inputs for it. */
import fc from "fast-check";
import type { Tensor } from "../../src/program/trace.js";
import { Trace } from "../../src/program/trace.js";
import { elementCount } from "../../src/program/types.js";
import type { Values } from "../reference/interpreter.js";
import type { Domain, Instance } from "./cases.js";

/** Declares the operands as inputs and emits the operation. */
export function traceInstance(instance: Instance): {
  trace: Trace;
  operands: readonly Tensor[];
  results: readonly Tensor[];
} {
  const trace = new Trace(instance.replicas ?? 1);
  const operands = instance.operands.map(({ shape, domain }, i) => {
    const isIndex = typeof domain === "object";
    return trace.input(isIndex ? "batch" : "parameter", `x${i}`, isIndex ? "i32" : "f32", shape);
  });
  const emitted = instance.emit(operands, trace);
  return { trace, operands, results: Array.isArray(emitted) ? emitted : [emitted as Tensor] };
}

/** Values of one operand. Distinct ones are far apart, so that a small step changes no maximum. */
function valuesOf(shape: readonly number[], domain: Domain, seed: number): fc.Arbitrary<Values> {
  const count = elementCount(shape);
  const fill = (data: readonly number[]) => ({ shape, data: Float64Array.from(data) });
  const list = (element: fc.Arbitrary<number>) =>
    fc.array(element, { minLength: count, maxLength: count }).map(fill);
  if (typeof domain === "object") return list(fc.integer({ min: 0, max: domain.indicesBelow - 1 }));
  if (domain === "any") return list(fc.double({ min: -2, max: 2, noNaN: true }));
  if (domain === "positive") return list(fc.double({ min: 0.3, max: 2, noNaN: true }));
  // The offset keeps zero out, and each operand's own offset keeps two operands apart.
  const ranks = Array.from({ length: count }, (_, i) => (i - count / 2 + 0.7 + 0.2 * seed) * 0.1);
  return fc.shuffledSubarray(ranks, { minLength: count }).map(fill);
}

/** Inputs for every replica. */
function inputsOf(instance: Instance): fc.Arbitrary<readonly (readonly Values[])[]> {
  const one = fc.tuple(...instance.operands.map(({ shape, domain }, i) => valuesOf(shape, domain, i)));
  const { replicas = 1 } = instance;
  return fc.array(one, { minLength: replicas, maxLength: replicas });
}

/** An instance with inputs for it. */
export function withInputs(instances: fc.Arbitrary<Instance>) {
  return instances.chain((instance) => fc.tuple(fc.constant(instance), inputsOf(instance)));
}
