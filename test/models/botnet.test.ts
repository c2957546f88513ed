/** @file BoTNet's relative positions against a computation by hand: one query, one key, one distance at a time. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { relativePositionLogits } from "../../src/models/botnet.js";
import { Trace } from "../../src/program/trace.js";
import { at, generate, interpret, type Values } from "../reference/interpreter.js";

/** Some values that are not in any order. */
const scrambled = (shape: readonly number[], seed: number): Values =>
  generate(shape, (index) => Math.sin(seed + index.reduce((total, i, d) => total * 7 + i * (d + 3), 1)));

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  heads: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  depth: fc.integer({ min: 1, max: 4 }),
});

it("a logit is the query times how far down and how far right the key is", () => {
  fc.assert(
    fc.property(sizes, ({ batch, heads, height, width, depth }) => {
      const trace = new Trace();
      const shape = [batch, heads, height, width, depth];
      const queries = trace.input("batch", "queries", "f32", shape);
      trace.output("logits", relativePositionLogits(queries));
      const program = trace.finish("relative positions");
      const values = new Map(
        program.inputs.map(({ name, value }, i) => [name, scrambled(program.types[value]!.shape, i)]),
      );
      const [q, down, right] = ["queries", "relative_height", "relative_width"].map(
        (name) => values.get(name)!,
      );
      const [[logits]] = interpret(program, [[...values.values()]]) as [[Values]];
      const expected = generate([batch, heads, height * width, height * width], ([n, head, from, to]) => {
        const [fromY, fromX] = [Math.floor(from! / width), from! % width];
        const [toY, toX] = [Math.floor(to! / width), to! % width];
        let sum = 0;
        for (let d = 0; d < depth; d++) {
          const query = at(q!, [n!, head!, fromY, fromX, d]);
          sum += query * at(down!, [toY - fromY + height - 1, d]);
          sum += query * at(right!, [toX - fromX + width - 1, d]);
        }
        return sum;
      });
      expect(logits.shape).toEqual(expected.shape);
      logits.data.forEach((value, i) => {
        expect(value).toBeCloseTo(expected.data[i]!, 10);
      });
    }),
    { numRuns: 50 },
  );
});
