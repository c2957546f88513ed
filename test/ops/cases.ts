/**
 * @file For every operation, random instances of it: shapes and attributes that fast-check draws, and a function
 * that emits it. `cases` does not compile while an operation has none.
 */
import fc from "fast-check";
import {
  allGather,
  allReduce,
  collectivePermute,
  optimizationBarrier,
  reduceScatter,
} from "../../src/ops/collective.js";
import { constant, iota, replicaId } from "../../src/ops/constants.js";
import {
  type ConvolutionGeometry,
  convolution,
  convolutionInputGradient,
  convolutionKernelGradient,
} from "../../src/ops/convolution.js";
import { dotGeneral } from "../../src/ops/dot.js";
import * as e from "../../src/ops/elementwise.js";
import { gather, scatterAdd } from "../../src/ops/gather.js";
import { reduce, reduceWindow, selectAndScatter, type Window } from "../../src/ops/reduction.js";
import * as s from "../../src/ops/shape.js";
import { topK } from "../../src/ops/topK.js";
import type { Tensor, Trace } from "../../src/program/trace.js";
import { elementCount, type OpName } from "../../src/program/types.js";

/** Values an operand may take: what the operation is defined and smooth on. */
export type Domain = "any" | "positive" | "distinct" | { readonly indicesBelow: number };

export interface Instance {
  readonly operands: readonly { readonly shape: readonly number[]; readonly domain: Domain }[];
  readonly emit: (operands: readonly Tensor[], trace: Trace) => Tensor | readonly Tensor[];
  readonly replicas?: number;
}

const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
const any = (...dimensions: readonly number[]) => ({ shape: dimensions, domain: "any" as const });

function unary(emit: (x: Tensor) => Tensor, domain: Domain = "any"): fc.Arbitrary<Instance> {
  return shape.map((size) => ({ operands: [{ shape: size, domain }], emit: ([x]) => emit(x!) }));
}

function binary(emit: (x: Tensor, y: Tensor) => Tensor, domain: Domain = "any"): fc.Arbitrary<Instance> {
  return shape.map((size) => ({
    operands: [
      { shape: size, domain },
      { shape: size, domain },
    ],
    emit: ([x, y]) => emit(x!, y!),
  }));
}

/** One dimension of a shape, with the shape. */
const shapeAndDimension = shape.chain((size) =>
  fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size.length - 1 })),
);

const window: fc.Arbitrary<{ readonly image: readonly number[]; readonly window: Window }> = fc
  .record({
    side: fc.integer({ min: 3, max: 6 }),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    low: fc.integer({ min: 0, max: 1 }),
    high: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ side, size, stride, low, high }) => {
    // A window may not lie in the padding alone: its maximum would be −∞.
    const padding = size === 1 ? ([0, 0] as const) : ([low, high] as const);
    const none = [0, 0] as const;
    return {
      image: [2, side, side + 1, 2],
      window: {
        size: [1, size, size, 1],
        strides: [1, stride, stride, 1],
        padding: [none, padding, padding, none],
      },
    };
  });

interface ConvolutionCase {
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly output: readonly number[];
  readonly geometry: ConvolutionGeometry;
}

const convolutionCase: fc.Arbitrary<ConvolutionCase> = fc
  .record({
    height: fc.integer({ min: 3, max: 5 }),
    width: fc.integer({ min: 3, max: 5 }),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    low: fc.integer({ min: 0, max: 1 }),
    high: fc.integer({ min: 0, max: 1 }),
    groups: fc.integer({ min: 1, max: 2 }),
    // One channel and one feature a group is a depthwise convolution.
    perGroup: fc.constantFrom({ channels: 2, features: 2 }, { channels: 1, features: 1 }),
  })
  .map(({ height, width, size, stride, low, high, groups, perGroup: { channels, features } }) => {
    const geometry: ConvolutionGeometry = {
      strides: [stride, stride],
      padding: [
        [low, high],
        [high, low],
      ],
      groups,
    };
    const out = (n: number) => Math.floor((n + low + high - size) / stride) + 1;
    return {
      input: [2, height, width, channels * groups],
      kernel: [size, size, channels, features * groups],
      output: [2, out(height), out(width), features * groups],
      geometry,
    };
  });

const collective = (emit: (x: Tensor) => Tensor): fc.Arbitrary<Instance> =>
  fc
    .constantFrom([4, 2], [2, 3], [2])
    .map((size) => ({ operands: [any(...size)], emit: ([x]) => emit(x!), replicas: 2 }));

export const cases: { readonly [N in OpName]: fc.Arbitrary<Instance> } = {
  negate: unary(e.negate),
  abs: unary(e.abs, "distinct"),
  sign: unary(e.sign, "distinct"),
  exponential: unary(e.exponential),
  log: unary(e.log, "positive"),
  logPlusOne: unary(e.logPlusOne, "positive"),
  logistic: unary(e.logistic),
  tanh: unary(e.tanh),
  sine: unary(e.sine),
  cosine: unary(e.cosine),
  sqrt: unary(e.sqrt, "positive"),
  rsqrt: unary(e.rsqrt, "positive"),
  add: binary(e.add),
  subtract: binary(e.subtract),
  multiply: binary(e.multiply),
  divide: binary(e.divide, "positive"),
  maximum: binary(e.maximum, "distinct"),
  minimum: binary(e.minimum, "distinct"),
  power: binary(e.power, "positive"),
  compare: fc
    .constantFrom("EQ", "NE", "GE", "GT", "LE", "LT")
    .chain((direction) =>
      binary((x, y) => s.convert(e.compare(direction as e.CompareDirection, x, y), "f32"), "distinct"),
    ),
  select: shape.map((size) => ({
    operands: [{ shape: size, domain: "distinct" }, any(...size), any(...size)],
    emit: ([p, x, y]) => e.select(e.compare("GT", p!, e.scale(p!, 0)), x!, y!),
  })),
  constant: fc.double({ min: -2, max: 2, noNaN: true }).map((value) => ({
    operands: [],
    emit: (_, trace) => constant(trace, Math.fround(value), "f32", [2, 3]),
  })),
  iota: shapeAndDimension.map(([size, dimension]) => ({
    operands: [],
    emit: (_, trace) => iota(trace, "f32", size, dimension),
  })),
  replicaId: fc.constant({
    operands: [],
    emit: (_: unknown, trace: Trace) => s.convert(replicaId(trace), "f32"),
    replicas: 2,
  }),
  convert: unary((x) => s.convert(s.convert(x, "bf16"), "f32")),
  reshape: unary((x) => s.reshape(x, [elementCount(x.shape)])),
  transpose: shape.chain((size) =>
    fc
      .shuffledSubarray([...size.keys()], { minLength: size.length })
      .map((permutation) => ({ operands: [any(...size)], emit: ([x]) => s.transpose(x!, permutation) })),
  ),
  broadcastInDim: fc
    .constantFrom<readonly [number[], number[], number[]]>(
      [[3], [2, 3], [1]],
      [[2], [2, 3], [0]],
      [
        [1, 3],
        [4, 3],
        [0, 1],
      ],
      [
        [2, 1],
        [2, 4, 3],
        [0, 2],
      ],
      [[], [2, 2], []],
    )
    .map(([from, to, dimensions]) => ({
      operands: [any(...from)],
      emit: ([x]) => s.broadcastInDim(x!, to, dimensions),
    })),
  slice: fc
    .record({ from: fc.integer({ min: 0, max: 2 }), stride: fc.integer({ min: 1, max: 3 }) })
    .map(({ from, stride }) => ({
      operands: [any(6, 3)],
      emit: ([x]) => s.slice(x!, [from, 1], [6, 3], [stride, 1]),
    })),
  pad: fc
    .record({
      low: fc.integer({ min: -1, max: 2 }),
      high: fc.integer({ min: -1, max: 2 }),
      interior: fc.integer({ min: 0, max: 2 }),
    })
    .map((dimension) => ({
      operands: [any(3, 2)],
      emit: ([x]) => s.pad(x!, 0.5, [dimension, { low: 0, high: 1, interior: 0 }]),
    })),
  concatenate: fc.integer({ min: 0, max: 1 }).map((dimension) => ({
    operands: [any(2, 3), any(2, 3), any(2, 3)],
    emit: (operands) => s.concatenate(operands, dimension),
  })),
  reverse: shapeAndDimension.map(([size, dimension]) => ({
    operands: [any(...size)],
    emit: ([x]) => s.reverse(x!, [dimension]),
  })),
  reduce: fc
    .tuple(shapeAndDimension, fc.constantFrom("add" as const, "max" as const))
    .map(([[size, dimension], reducer]) => ({
      operands: [{ shape: size, domain: "distinct" }],
      emit: ([x]) => reduce(reducer, x!, [dimension]),
    })),
  reduceWindow: fc
    .tuple(window, fc.constantFrom("add" as const, "max" as const))
    .map(([{ image, window: over }, reducer]) => ({
      operands: [{ shape: image, domain: "distinct" }],
      emit: ([x]) => reduceWindow(reducer, x!, over),
    })),
  selectAndScatter: window.map(({ image, window: over }) => ({
    operands: [{ shape: image, domain: "distinct" }],
    emit: ([x]) => {
      const pooled = reduceWindow("max", x!, over);
      return selectAndScatter(x!, e.scale(pooled, 2), over);
    },
  })),
  dotGeneral: fc
    .constantFrom<readonly [number[], number[], number[], number[], number[], number[]]>(
      [[2, 3], [3, 4], [], [], [1], [0]],
      [[3, 2], [3, 4], [], [], [0], [0]],
      [[2, 5, 2, 3], [2, 4, 2, 3], [0, 2], [0, 2], [3], [3]],
      [[2, 3, 4], [4, 3, 2], [0], [2], [1, 2], [1, 0]],
      [[2, 3, 2], [2, 5], [], [], [2], [0]],
    )
    .map(([lhs, rhs, lhsBatch, rhsBatch, lhsContracting, rhsContracting]) => ({
      operands: [any(...lhs), any(...rhs)],
      emit: ([x, y]) => dotGeneral(x!, y!, { lhsBatch, rhsBatch, lhsContracting, rhsContracting }),
    })),
  convolution: convolutionCase.map(({ input, kernel, geometry }) => ({
    operands: [any(...input), any(...kernel)],
    emit: ([x, k]) => convolution(x!, k!, geometry),
  })),
  convolutionInputGradient: convolutionCase.map(({ input, kernel, output, geometry }) => ({
    operands: [any(...output), any(...kernel)],
    emit: ([g, k]) => convolutionInputGradient(g!, k!, geometry, input),
  })),
  convolutionKernelGradient: convolutionCase.map(({ input, kernel, output, geometry }) => ({
    operands: [any(...input), any(...output)],
    emit: ([x, g]) => convolutionKernelGradient(x!, g!, geometry, kernel),
  })),
  gather: fc.constantFrom([3], [2, 2]).map((size) => ({
    operands: [any(5, 2), { shape: size, domain: { indicesBelow: 5 } }],
    emit: ([table, at]) => gather(table!, at!),
  })),
  scatterAdd: fc.constantFrom([3], [2, 2]).map((size) => ({
    operands: [any(...size, 2), { shape: size, domain: { indicesBelow: 5 } }],
    emit: ([updates, at]) => scatterAdd(updates!, at!, 5),
  })),
  topK: fc.integer({ min: 1, max: 5 }).map((k) => ({
    operands: [{ shape: [3, 5], domain: "distinct" as const }],
    emit: ([x]) => s.convert(topK(x!, k), "f32"),
  })),
  allReduce: collective(allReduce),
  allGather: collective((x) => allGather(x, 0)),
  reduceScatter: collective((x) => reduceScatter(x, 0)),
  collectivePermute: collective((x) =>
    collectivePermute(x, [
      [0, 1],
      [1, 0],
    ]),
  ),
  optimizationBarrier: shape.map((size) => ({
    operands: [any(...size), any(2)],
    emit: (operands) => optimizationBarrier(operands),
  })),
};
