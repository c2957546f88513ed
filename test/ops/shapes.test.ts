/** @file Shape rules: what they reject, in which words, and that they agree with what is computed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convolution, convolutionCost } from "../../src/ops/convolution.js";
import { dotGeneral, einsum } from "../../src/ops/dot.js";
import { add, compare, select } from "../../src/ops/elementwise.js";
import { gather } from "../../src/ops/gather.js";
import { reduce, reduceWindow } from "../../src/ops/reduction.js";
import { costOf, operations } from "../../src/ops/registry.js";
import * as s from "../../src/ops/shape.js";
import { verify } from "../../src/ops/verify.js";
import { Trace } from "../../src/program/trace.js";
import type { DType, OpName, Program } from "../../src/program/types.js";
import { interpret } from "../reference/interpreter.js";
import { cases } from "./cases.js";
import { traceInstance, withInputs } from "./instance.js";

const trace = new Trace();
let inputs = 0;
const input = (dtype: DType, ...shape: number[]) => trace.input("batch", `x${inputs++}`, dtype, shape);
const x = input("f32", 2, 3);
const image = input("f32", 1, 4, 4, 3);
const dims = { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0] };
const geometry = {
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  groups: 1,
} as const;

const rejected: readonly (readonly [string, () => unknown, string])[] = [
  ["another shape", () => add(x, input("f32", 3, 2)), "operands must have one shape"],
  ["another type", () => add(x, input("bf16", 2, 3)), "add(f32[2,3], bf16[2,3])"],
  ["a predicate that is none", () => select(x, x, x), "the predicate must be i1"],
  [
    "a predicate of another shape",
    () => select(compare("GT", input("f32", 2), input("f32", 2)), x, x),
    "shape",
  ],
  ["a reshape that loses elements", () => s.reshape(x, [5]), "another number of elements"],
  ["no permutation", () => s.transpose(x, [0, 0]), "not a permutation"],
  ["a stretch of two", () => s.broadcastInDim(x, [4, 3], [0, 1]), "does not fit"],
  ["descending dimensions", () => s.broadcastInDim(x, [3, 2], [1, 0]), "must ascend"],
  ["a slice beyond the end", () => s.slice(x, [0, 0], [2, 4]), "cannot be sliced"],
  [
    "too much cropped",
    () =>
      s.pad(x, 0, [
        { low: -3, high: 0, interior: 0 },
        { low: 0, high: 0, interior: 0 },
      ]),
    "crops more",
  ],
  [
    "parts that do not line up",
    () => s.concatenate([x, input("f32", 3, 3)], 1),
    "everything but dimension 1",
  ],
  ["a dimension that is not there", () => reduce("add", x, [2]), "cannot reduce"],
  [
    "a window that is too large",
    () =>
      reduceWindow("max", x, {
        size: [3, 1],
        strides: [1, 1],
        padding: [
          [0, 0],
          [0, 0],
        ],
      }),
    "larger than",
  ],
  ["a contraction of unequal sizes", () => dotGeneral(x, x, dims), "contracts 3 with 2"],
  [
    "a kernel of other channels",
    () => convolution(image, input("f32", 1, 1, 4, 8), geometry),
    "the input has 3",
  ],
  ["a kernel that is too large", () => convolution(image, input("f32", 5, 5, 3, 8), geometry), "larger than"],
  ["indices that are no integers", () => gather(x, x), "indices must be i32"],
];

describe("shape rules", () => {
  it.each(rejected)("reject %s, with the scope in the message", (_, emit, why) => {
    const attempt = () => trace.scoped("encoder/block3", emit);
    expect(attempt).toThrow(why);
    expect(attempt).toThrow(/^encoder\/block3: /);
  });

  it.each(Object.keys(operations) as OpName[])("%s has the size that it computes", (name) => {
    fc.assert(
      fc.property(withInputs(cases[name]), ([instance, values]) => {
        const { trace: own, results } = traceInstance(instance);
        results.forEach((result, i) => {
          own.output(`y${i}`, result);
        });
        const program = own.finish(name);
        verify(program);
        interpret(program, values)[0]!.forEach(({ data }, i) => {
          expect(data).toHaveLength(results[i]!.shape.reduce((a, b) => a * b, 1));
        });
      }),
      { numRuns: 5, seed: 1 },
    );
  });

  it("the verifier finds what a broken pass would leave behind", () => {
    const own = new Trace();
    const a = own.input("batch", "a", "f32", [2]);
    own.output("y", add(add(a, a), a));
    const program = own.finish("sum");
    const [first, second] = program.operations;
    const broken = (change: Partial<Program>) => () => verify({ ...program, ...change });
    expect(broken({ operations: [second!, first!] })).toThrow("used before it is defined");
    expect(broken({ operations: [first!, first!, second!] })).toThrow("defined twice");
    expect(broken({ operations: [first!] })).toThrow("output y is never computed");
    const types = program.types.map((type) => ({ ...type, shape: [3] }));
    expect(broken({ types: [program.types[0]!, ...types.slice(1)] })).toThrow("the shape rule gives f32[2]");
  });
});

describe("costs, by hand", () => {
  it("a product is two operations a multiply-add", () => {
    const own = new Trace();
    const [l, r] = [own.input("batch", "l", "f32", [2, 3, 4]), own.input("batch", "r", "f32", [4, 5])];
    own.output("y", einsum("abk,kn->abn", l, r));
    const program = own.finish("dot");
    expect(costOf(program, program.operations[0]!)).toMatchObject({
      flops: 2 * 2 * 3 * 4 * 5,
      multiplyAdds: 120,
    });
  });

  it("XLA leaves a convolution's padding out, the literature does not", () => {
    // 3×3 over 4×4, padded by one: of 16 · 9 positions, 10 · 10 meet the image.
    const padded = {
      ...geometry,
      padding: [
        [1, 1],
        [1, 1],
      ],
    } as const;
    const cost = convolutionCost([1, 4, 4, 2], [3, 3, 2, 5], padded);
    expect(cost).toMatchObject({ flops: 2 * 100 * 2 * 5, multiplyAdds: 16 * 9 * 2 * 5 });
  });
});
