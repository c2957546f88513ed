/** @file Every operation as XLA computes it, from the text that we print, against the interpreter. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { operations } from "../../src/ops/registry.js";
import type { OpName } from "../../src/program/types.js";
import { executeInXla } from "../../src/stablehlo/execute.js";
import type { HostArray } from "../../src/stablehlo/npz.js";
import { cases } from "../ops/cases.js";
import { traceInstance, withInputs } from "../ops/instance.js";
import { interpret } from "../reference/interpreter.js";
import { needsXla } from "./xlaHere.js";

const INSTANCES = 4;

function instancesOf(name: OpName) {
  return fc
    .sample(withInputs(cases[name]), { numRuns: INSTANCES, seed: 20_261_124 })
    .map(([instance, inputs]) => {
      const { trace, results } = traceInstance(instance);
      for (const [i, result] of results.entries()) trace.output(`y${i}`, result);
      const program = trace.finish(name);
      const arrays = inputs.map((replica) =>
        replica.map(({ shape, data }, i): HostArray => {
          const isIndex = typeof instance.operands[i]!.domain === "object";
          return { shape, values: isIndex ? Int32Array.from(data) : Float32Array.from(data) };
        }),
      );
      return { name, run: { program, inputs: arrays }, expected: interpret(program, inputs) };
    });
}

it("every operation", async ({ skip }) => {
  needsXla(skip);
  const instances = (Object.keys(operations) as OpName[]).flatMap(instancesOf);
  const results = await executeInXla(instances.map(({ run }) => run));
  instances.forEach(({ name, expected }, i) => {
    expected.forEach((outputs, replica) => {
      outputs.forEach(({ shape, data }, k) => {
        const actual = results[i]![replica]![k]!;
        expect(actual.shape, name).toEqual(shape);
        data.forEach((value, element) => {
          const tolerance = 1e-4 * Math.max(1, Math.abs(value));
          expect(Math.abs(actual.values[element]! - value), `${name}[${element}]`).toBeLessThan(tolerance);
        });
      });
    });
  });
});
