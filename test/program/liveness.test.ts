/** @file Liveness and dead code on random programs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, multiply, negate } from "../../src/ops/elementwise.js";
import { verify } from "../../src/ops/verify.js";
import { hostMemory } from "../../src/program/hostMemory.js";
import { eliminateDeadCode, liveness } from "../../src/program/liveness.js";
import { type Tensor, Trace } from "../../src/program/trace.js";
import type { Program } from "../../src/program/types.js";

/** Random straight-line programs: each step combines two earlier values. */
const programs: fc.Arbitrary<Program> = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom("add", "multiply", "negate")), {
    minLength: 1,
    maxLength: 30,
  })
  .map((steps) => {
    const trace = new Trace();
    const values: Tensor[] = [
      trace.input("parameter", "p", "f32", [3]),
      trace.input("batch", "b", "f32", [3]),
    ];
    for (const [i, j, name] of steps) {
      const [x, y] = [values[i % values.length]!, values[j % values.length]!];
      values.push(name === "add" ? add(x, y) : name === "multiply" ? multiply(x, y) : negate(x));
    }
    trace.output("y", values.at(-1)!);
    return trace.finish("random");
  });

describe("liveness", () => {
  it("frees every value once, after its last use, and never an output or an input", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const { diesAfter } = liveness(program);
        const dead = new Set<number>();
        program.operations.forEach(({ operands }, index) => {
          for (const operand of operands) expect(dead.has(operand)).toBe(false);
          for (const value of diesAfter[index]!) {
            expect(dead.has(value)).toBe(false);
            dead.add(value);
          }
        });
        const kept = new Set([...program.inputs, ...program.outputs].map(({ value }) => value));
        for (const value of dead) expect(kept.has(value)).toBe(false);
        expect(dead.size).toBe(program.types.length - kept.size);
      }),
    );
  });

  it("without dead code a program computes no more and holds no more", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const lean = eliminateDeadCode(program);
        verify(lean);
        expect(lean.operations.length).toBeLessThanOrEqual(program.operations.length);
        expect(eliminateDeadCode(lean).operations).toEqual(lean.operations);
        expect(hostMemory(lean).peakBytes).toBeLessThanOrEqual(hostMemory(program).peakBytes);
      }),
    );
  });
});
