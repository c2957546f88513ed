/** @file The gradient of every operation against central finite differences, in double precision. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allReduce } from "../../src/ops/collective.js";
import { add, multiply } from "../../src/ops/elementwise.js";
import { reduce } from "../../src/ops/reduction.js";
import { operations } from "../../src/ops/registry.js";
import { verify } from "../../src/ops/verify.js";
import type { OpName, Program } from "../../src/program/types.js";
import { differentiate } from "../../src/transforms/differentiate.js";
import { interpret, type Values } from "../reference/interpreter.js";
import { noise } from "../train/noise.js";
import { cases, type Instance } from "./cases.js";
import { traceInstance, withInputs } from "./instance.js";

/** Second derivatives of max-pooling are not supported; nothing here asks for them. */
const withoutGradient: readonly OpName[] = ["selectAndScatter"];

/** Outputs: Σ w ⊙ operation(x) summed over all devices, then its gradient by each real operand. */
function gradientProgram(instance: Instance): { program: Program; wanted: readonly number[] } {
  const { trace, operands, results } = traceInstance(instance);
  const terms = results.map((result, i) => {
    const weights = trace.input("batch", `weights${i}`, "f32", result.shape);
    const all = result.shape.map((_, d) => d);
    return reduce("add", multiply(result, weights), all);
  });
  const loss = terms.reduce(add);
  const wanted = operands.flatMap(({ dtype }, i) => (dtype === "f32" ? [i] : []));
  const gradients = differentiate(
    loss,
    wanted.map((i) => operands[i]!),
  );
  trace.output("loss", allReduce(loss));
  gradients.forEach((gradient, i) => {
    trace.output(`gradient${i}`, gradient);
  });
  const program = trace.finish("gradient");
  verify(program);
  return { program, wanted };
}

const STEP = 1e-5;

describe("gradients against finite differences", () => {
  it.each(Object.keys(operations) as OpName[])("%s", (name) => {
    if (withoutGradient.includes(name)) {
      expect(() => fc.sample(cases[name], 1).map((instance) => gradientProgram(instance))).toThrow(
        "not supported",
      );
      return;
    }
    fc.assert(
      fc.property(withInputs(cases[name]), ([instance, operands]) => {
        const { program, wanted } = gradientProgram(instance);
        const weights = program.inputs.slice(instance.operands.length).map(({ value }, i): Values => {
          const { shape } = program.types[value]!;
          const count = shape.reduce((a, b) => a * b, 1);
          return { shape, data: Float64Array.from(noise(count, i + 1)) };
        });
        const run = (values: readonly (readonly Values[])[]) =>
          interpret(
            program,
            values.map((each) => [...each, ...weights]),
          );
        const analytic = run(operands);
        operands.forEach((_, device) => {
          wanted.forEach((operand, g) => {
            operands[device]![operand]!.data.forEach((_value, element) => {
              const moved = (by: number) => {
                const copy = operands.map((each) =>
                  each.map(({ shape, data }) => ({ shape, data: data.slice() })),
                );
                copy[device]![operand]!.data[element]! += by;
                return run(copy)[0]![0]!.data[0]!;
              };
              const numeric = (moved(STEP) - moved(-STEP)) / (2 * STEP);
              const exact = analytic[device]![g + 1]!.data[element]!;
              expect(Math.abs(exact - numeric)).toBeLessThan(1e-6 * Math.max(1, Math.abs(numeric)));
            });
          });
        });
      }),
      { numRuns: 12, seed: 20_261_123 },
    );
  });
});
