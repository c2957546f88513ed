/** @file The tfjs kernel of every operation against the interpreter, on every backend there is. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operations } from "../../src/ops/registry.js";
import { elementCount, type OpName } from "../../src/program/types.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { backendNames } from "../../train/machine.js";
import { cases } from "../ops/cases.js";
import { traceInstance, withInputs } from "../ops/instance.js";
import { interpret } from "../reference/interpreter.js";

describe.each(backendNames)("kernels on %s", (backend) => {
  it.for(Object.keys(operations) as OpName[])("%s", async (name, { skip }) => {
    try {
      await loadBackend(backend);
    } catch (error) {
      skip(`the ${backend} backend is not available: ${(error as Error).message}`);
    }
    fc.assert(
      fc.property(withInputs(cases[name]), ([instance, operands]) => {
        const { trace, results } = traceInstance(instance);
        results.forEach((result, i) => {
          trace.output(`y${i}`, result);
        });
        const program = trace.finish(name);
        const expected = interpret(program, operands);
        const before = tf.memory().numTensors;
        const tensors = operands.map((each) =>
          each.map(({ shape, data }, i) => {
            const integer = typeof instance.operands[i]!.domain === "object";
            return integer
              ? tf.tensor(Int32Array.from(data), [...shape], "int32")
              : tf.tensor(Float32Array.from(data), [...shape]);
          }),
        );
        const executable = prepare(program);
        const actual = execute(executable, tensors);
        actual.forEach((outputs, replica) => {
          outputs.forEach((output, i) => {
            const { shape, data } = expected[replica]![i]!;
            expect(output.shape).toEqual([...shape]);
            const got = output.dataSync();
            for (let element = 0; element < elementCount(shape); element++) {
              const tolerance = 1e-4 * Math.max(1, Math.abs(data[element]!));
              expect(Math.abs(got[element]! - data[element]!)).toBeLessThan(tolerance);
            }
          });
        });
        executable.dispose();
        tf.dispose(actual.flat());
        tf.dispose(tensors.flat().filter((tensor) => !tensor.isDisposed));
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 8, seed: 20_261_123 },
    );
  });
});
