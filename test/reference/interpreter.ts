/**
 * @file An interpreter of programs that shares nothing with the trainer: flat arrays of doubles, nested loops,
 * one definition an operation as the StableHLO specification words it. Slow, and the oracle of the tests.
 */
import { elementCount, type Operation, type Program, type TensorType } from "../../src/program/types.js";
import { interpretConvolution } from "./interpretConvolution.js";

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** All indices of a shape, in row-major order. */
function* indices(shape: readonly number[]): Generator<readonly number[]> {
  const count = elementCount(shape);
  for (let flat = 0; flat < count; flat++) {
    let rest = flat;
    const index = new Array<number>(shape.length);
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    yield index;
  }
}

/** Row-major position of an index. */
export function position(shape: readonly number[], index: readonly number[]): number {
  return index.reduce((flat, i, d) => flat * shape[d]! + i, 0);
}

export const at = ({ shape, data }: Values, index: readonly number[]): number =>
  data[position(shape, index)]!;

/** A tensor whose elements are a function of their index. */
export function generate(shape: readonly number[], element: (index: readonly number[]) => number): Values {
  const data = new Float64Array(elementCount(shape));
  let flat = 0;
  for (const index of indices(shape)) data[flat++] = element(index);
  return { shape, data };
}

const unary: Readonly<Record<string, (x: number) => number>> = {
  negate: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exponential: Math.exp,
  log: Math.log,
  logPlusOne: Math.log1p,
  logistic: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sine: Math.sin,
  cosine: Math.cos,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
};

const binary: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  maximum: Math.max,
  minimum: Math.min,
  power: (x, y) => x ** y,
  EQ: (x, y) => Number(x === y),
  NE: (x, y) => Number(x !== y),
  GE: (x, y) => Number(x >= y),
  GT: (x, y) => Number(x > y),
  LE: (x, y) => Number(x <= y),
  LT: (x, y) => Number(x < y),
};

function zip(f: (x: number, y: number) => number, x: Values, y: Values): Values {
  return { shape: x.shape, data: x.data.map((value, i) => f(value, y.data[i]!)) };
}

/** Adds or maximises the elements of `x` that `target` sends to one index of the result. */
function accumulate(
  shape: readonly number[],
  reducer: "add" | "max",
  x: Values,
  target: (index: readonly number[]) => readonly number[],
): Values {
  const data = new Float64Array(elementCount(shape)).fill(reducer === "add" ? 0 : -Infinity);
  for (const index of indices(x.shape)) {
    const to = position(shape, target(index));
    const value = at(x, index);
    data[to] = reducer === "add" ? data[to]! + value : Math.max(data[to]!, value);
  }
  return { shape, data };
}

/** The elements of a window, with their indices in the operand; those in the padding are left out. */
function windowElements(
  x: Values,
  window: {
    readonly size: readonly number[];
    readonly strides: readonly number[];
    readonly padding: readonly (readonly [number, number])[];
  },
  output: readonly number[],
): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (const offset of indices(window.size)) {
    const index = output.map((o, d) => o * window.strides[d]! + offset[d]! - window.padding[d]![0]);
    if (index.every((i, d) => i >= 0 && i < x.shape[d]!)) found.push(index);
  }
  return found;
}

/** What one operation computes on one device. */
function interpretOperation(
  operation: Operation,
  operands: readonly Values[],
  results: readonly TensorType[],
): Values {
  const [x, y, z] = operands as [Values, Values, Values];
  const shape = results[0]!.shape;
  const one = unary[operation.name];
  if (one) return { shape, data: x.data.map(one) };
  const two = binary[operation.name];
  if (two) return zip(two, x, y);
  switch (operation.name) {
    case "compare":
      return zip(binary[operation.attributes.direction]!, x, y);
    case "select":
      return { shape, data: x.data.map((chosen, i) => (chosen ? y : z).data[i]!) };
    case "constant":
      return generate(shape, () => operation.attributes.value);
    case "iota":
      return generate(shape, (index) => index[operation.attributes.dimension]!);
    case "convert":
      return { shape, data: operation.attributes.dtype === "i32" ? x.data.map(Math.trunc) : x.data };
    case "reshape":
      return { shape, data: x.data };
    case "transpose": {
      const { permutation } = operation.attributes;
      return generate(shape, (index) =>
        at(
          x,
          permutation.map((_, d) => index[permutation.indexOf(d)]!),
        ),
      );
    }
    case "broadcastInDim": {
      const { dimensions } = operation.attributes;
      return generate(shape, (index) =>
        at(
          x,
          dimensions.map((d, i) => (x.shape[i] === 1 ? 0 : index[d]!)),
        ),
      );
    }
    case "slice": {
      const { start, strides } = operation.attributes;
      return generate(shape, (index) =>
        at(
          x,
          index.map((i, d) => start[d]! + i * strides[d]!),
        ),
      );
    }
    case "pad": {
      const { dimensions } = operation.attributes;
      return generate(shape, (index) => {
        const from = index.map((i, d) => (i - dimensions[d]!.low) / (dimensions[d]!.interior + 1));
        const inside = from.every((i, d) => Number.isInteger(i) && i >= 0 && i < x.shape[d]!);
        return inside ? at(x, from) : y.data[0]!;
      });
    }
    case "concatenate": {
      const { dimension } = operation.attributes;
      const starts = operands.map((_, n) =>
        operands.slice(0, n).reduce((sum, { shape: part }) => sum + part[dimension]!, 0),
      );
      return generate(shape, (index) => {
        const n = starts.findLastIndex((start) => start <= index[dimension]!);
        return at(
          operands[n]!,
          index.map((i, d) => (d === dimension ? i - starts[n]! : i)),
        );
      });
    }
    case "reverse": {
      const { dimensions } = operation.attributes;
      return generate(shape, (index) =>
        at(
          x,
          index.map((i, d) => (dimensions.includes(d) ? x.shape[d]! - 1 - i : i)),
        ),
      );
    }
    case "reduce": {
      const { reducer, dimensions } = operation.attributes;
      return accumulate(shape, reducer, x, (index) => index.filter((_, d) => !dimensions.includes(d)));
    }
    case "reduceWindow": {
      const { reducer, window } = operation.attributes;
      return generate(shape, (index) => {
        const values = windowElements(x, window, index).map((element) => at(x, element));
        return reducer === "add" ? values.reduce((a, b) => a + b, 0) : Math.max(...values);
      });
    }
    case "selectAndScatter": {
      const data = new Float64Array(x.data.length);
      for (const index of indices(y.shape)) {
        const elements = windowElements(x, operation.attributes.window, index);
        const best = Math.max(...elements.map((element) => at(x, element)));
        const chosen = elements.find((element) => at(x, element) === best)!;
        data[position(x.shape, chosen)]! += at(y, index);
      }
      return { shape, data };
    }
    case "dotGeneral":
      return interpretDot(operation, x, y, shape);
    case "convolution":
    case "convolutionInputGradient":
    case "convolutionKernelGradient":
      return interpretConvolution(operation, x, y);
    case "topK": {
      const n = x.shape.at(-1)!;
      const { k } = operation.attributes;
      const rows = x.data.length / n;
      const data = Array.from({ length: rows }, (_, row) => {
        const values = x.data.subarray(row * n, (row + 1) * n);
        return [...values.keys()].sort((i, j) => values[j]! - values[i]! || i - j).slice(0, k);
      });
      return { shape, data: Float64Array.from(data.flat()) };
    }
    case "gather": {
      const rank = y.shape.length;
      return generate(shape, (index) => at(x, [at(y, index.slice(0, rank)), ...index.slice(rank)]));
    }
    case "scatterAdd": {
      const rank = y.shape.length;
      return accumulate(shape, "add", x, (index) => [at(y, index.slice(0, rank)), ...index.slice(rank)]);
    }
    default:
      throw new Error(`${operation.name} concerns more than one device or result`);
  }
}

function interpretDot(
  { attributes }: Operation<"dotGeneral">,
  x: Values,
  y: Values,
  shape: readonly number[],
): Values {
  const { lhsBatch, rhsBatch, lhsContracting, rhsContracting } = attributes;
  const free = (rank: number, taken: readonly number[]) =>
    Array.from({ length: rank }, (_, d) => d).filter((d) => !taken.includes(d));
  const lhsFree = free(x.shape.length, [...lhsBatch, ...lhsContracting]);
  const rhsFree = free(y.shape.length, [...rhsBatch, ...rhsContracting]);
  const contracted = lhsContracting.map((d) => x.shape[d]!);
  const place = (rank: number, groups: readonly (readonly [readonly number[], readonly number[]])[]) => {
    const index = new Array<number>(rank).fill(0);
    for (const [dimensions, values] of groups) {
      dimensions.forEach((d, i) => {
        index[d] = values[i]!;
      });
    }
    return index;
  };
  return generate(shape, (index) => {
    const batch = index.slice(0, lhsBatch.length);
    const left = index.slice(lhsBatch.length, lhsBatch.length + lhsFree.length);
    const right = index.slice(lhsBatch.length + lhsFree.length);
    let sum = 0;
    for (const k of indices(contracted)) {
      const i = place(x.shape.length, [
        [lhsBatch, batch],
        [lhsFree, left],
        [lhsContracting, k],
      ]);
      const j = place(y.shape.length, [
        [rhsBatch, batch],
        [rhsFree, right],
        [rhsContracting, k],
      ]);
      sum += at(x, i) * at(y, j);
    }
    return sum;
  });
}

/** What all devices compute together; undefined when the operation is not about several devices or results. */
function interpretTogether(
  operation: Operation,
  replicas: readonly (readonly Values[])[],
): readonly (readonly Values[])[] | undefined {
  const firsts = replicas.map(([x]) => x!);
  const total = () => firsts.reduce((a, b) => zip((p, q) => p + q, a, b));
  switch (operation.name) {
    case "optimizationBarrier":
      return replicas;
    case "replicaId":
      return replicas.map((_, device) => [{ shape: [], data: Float64Array.of(device) }]);
    case "allReduce":
      return replicas.map(() => [total()]);
    case "allGather": {
      const { dimension } = operation.attributes;
      const size = firsts[0]!.shape[dimension]!;
      const shape = firsts[0]!.shape.map((n, d) => (d === dimension ? n * replicas.length : n));
      const whole = generate(shape, (index) => {
        const device = Math.floor(index[dimension]! / size);
        return at(
          firsts[device]!,
          index.map((i, d) => (d === dimension ? i % size : i)),
        );
      });
      return replicas.map(() => [whole]);
    }
    case "reduceScatter": {
      const { dimension } = operation.attributes;
      const sum = total();
      const shape = sum.shape.map((n, d) => (d === dimension ? n / replicas.length : n));
      return replicas.map((_, device) => [
        generate(shape, (index) =>
          at(
            sum,
            index.map((i, d) => (d === dimension ? i + device * shape[d]! : i)),
          ),
        ),
      ]);
    }
    case "collectivePermute": {
      const { pairs } = operation.attributes;
      return replicas.map((_, device) => {
        const pair = pairs.find(([, target]) => target === device);
        return [pair ? firsts[pair[0]]! : generate(firsts[device]!.shape, () => 0)];
      });
    }
    default:
      return undefined;
  }
}

/** Runs a program on as many replicas as there are lists of inputs; returns each replica's outputs. */
export function interpret(
  program: Program,
  inputs: readonly (readonly Values[])[],
): readonly (readonly Values[])[] {
  const replicas = inputs.map((values) => {
    const all: Values[] = [];
    program.inputs.forEach(({ value }, i) => {
      all[value] = values[i]!;
    });
    return all;
  });
  for (const operation of program.operations) {
    const operands = replicas.map((values) => operation.operands.map((operand) => values[operand]!));
    const types = operation.results.map((result) => program.types[result]!);
    const results =
      interpretTogether(operation, operands) ??
      operands.map((each) => [interpretOperation(operation, each, types)]);
    replicas.forEach((values, device) => {
      operation.results.forEach((result, i) => {
        values[result] = results[device]![i]!;
      });
    });
  }
  return replicas.map((values) => program.outputs.map(({ value }) => values[value]!));
}
