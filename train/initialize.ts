/**
 * @file Random numbers: first values of parameters and state, and each step's noise. Each depends only on the seed
 * and its own name, so that adding a layer does not change the others'.
 */
import seedrandom from "seedrandom";
import {
  elementCount,
  type Initializer,
  type Program,
  type ProgramInput,
  type Shard,
  wholeShape,
} from "../src/program/types.js";

/** Standard normal by the polar method of Marsaglia. */
function standardNormal(random: () => number): number {
  for (;;) {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** @returns `count` values, row-major */
export function initialValues(initializer: Initializer, count: number, seed: string): Float32Array {
  const values = new Float32Array(count);
  if (initializer.kind === "constant") return values.fill(initializer.value);
  const random = seedrandom(seed);
  for (let i = 0; i < count; i++) {
    if (initializer.kind === "uniform") {
      values[i] = (2 * random() - 1) * initializer.limit;
      continue;
    }
    let draw = standardNormal(random);
    while (initializer.truncated && Math.abs(draw) > 2) draw = standardNormal(random);
    values[i] = draw * initializer.stddev;
  }
  return values;
}

/**
 * Part `device` of a tensor.
 *
 * @param values of the whole tensor, row-major
 * @param shape of the part
 */
export function partOf(
  values: Float32Array,
  shape: readonly number[],
  { dimension, replicas }: Shard,
  device: number,
): Float32Array {
  /** Contiguous values of a part. */
  const run = elementCount(shape.slice(dimension));
  const part = new Float32Array(elementCount(shape));
  for (let from = 0; from < part.length; from += run) {
    const start = from * replicas + device * run;
    part.set(values.subarray(start, start + run), from);
  }
  return part;
}

/** First values of what `device` holds of an input of `program`: its part of those of the whole. */
function firstValues(
  program: Program,
  { name, value, initializer, shard }: ProgramInput & { readonly initializer: Initializer },
  seed: number,
  device: number,
): Float32Array {
  const { shape } = program.types[value]!;
  const values = initialValues(initializer, elementCount(wholeShape(shape, shard)), `${seed} ${name}`);
  return shard ? partOf(values, shape, shard, device) : values;
}

/**
 * Uniform numbers in [0, 1) for a noise input: those of a step depend on nothing but its seed, so that a resumed run
 * draws what the first would have.
 */
export function uniformNoise(count: number, seed: string): Float32Array {
  const random = seedrandom(seed);
  return Float32Array.from({ length: count }, () => random());
}

export interface StateTensor {
  readonly name: string;
  readonly dtype: "f32" | "i32";
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** First values of every input of `program` that has an initializer, in the order of its inputs, as the first device holds them. */
export function initialState(program: Program, seed: number): readonly StateTensor[] {
  return program.inputs.flatMap((input): StateTensor[] => {
    const { name, value, initializer } = input;
    if (!initializer) return [];
    const { dtype, shape } = program.types[value]!;
    const values = firstValues(program, { ...input, initializer }, seed, 0);
    return dtype === "i32"
      ? [{ name, dtype, shape, values: Int32Array.from(values) }]
      : [{ name, dtype: "f32", shape, values }];
  });
}
