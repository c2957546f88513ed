/**
 * @file Layers that several architectures share: plain functions that emit primitives under a scope.
 */

import { fullLike } from "../ops/constants.js";
import { einsum } from "../ops/dot.js";
import {
  add,
  divide,
  exponential,
  logistic,
  maximum,
  multiply,
  rsqrt,
  scale,
  subtract,
  tanh,
} from "../ops/elementwise.js";
import { mean, reduce } from "../ops/reduction.js";
import { broadcastInDim, broadcastTrailing, convert, reshape } from "../ops/shape.js";
import type { Tensor, Trace } from "../program/trace.js";
import type { Initializer } from "../program/types.js";

/** Starts at 0. */
export const zeros: Initializer = { kind: "constant", value: 0 };
/** Starts at 1. */
export const ones: Initializer = { kind: "constant", value: 1 };

/** Starts as normal numbers around 0. */
export function normal(stddev: number): Initializer {
  return { kind: "normal", stddev, truncated: false };
}

/** Glorot and Bengio's uniform initialisation: variance 2 / (fan in + fan out). */
export function glorotUniform(fanIn: number, fanOut: number): Initializer {
  return { kind: "uniform", limit: Math.sqrt(6 / (fanIn + fanOut)) };
}

/** Standard deviation of a standard normal truncated at ±2; JAX's initializers divide by it too. */
const TRUNCATED_STDDEV = 0.879625661;

/** A normal truncated at two standard deviations that has the given variance after truncation. */
function truncatedNormal(variance: number): Initializer {
  return { kind: "normal", stddev: Math.sqrt(variance) / TRUNCATED_STDDEV, truncated: true };
}

/** LeCun's initialisation: variance 1 / fan in. */
export function lecunNormal(fanIn: number): Initializer {
  return truncatedNormal(1 / fanIn);
}

/** He's initialisation for rectifiers: variance 2 / fan out. */
export function heNormal(fanOut: number): Initializer {
  return truncatedNormal(2 / fanOut);
}

/** A dimension's statistic put back along the dimensions it was reduced over (all but those of `kept`). */
export function spread(statistic: Tensor, like: Tensor, kept: readonly number[]): Tensor {
  return broadcastInDim(statistic, like.shape, kept);
}

/**
 * Uniform numbers in [0, 1) that are other ones in every step: an input of the program, so that a step is a pure
 * function and a resumed run repeats itself.
 */
export function uniformNoise(trace: Trace, name: string, shape: readonly number[]): Tensor {
  return trace.input("noise", name, "f32", shape);
}

/** Where the parameters of a dense layer start. */
export interface DenseOptions {
  /** Glorot and Bengio's unless given. */
  readonly kernel?: Initializer;
  /** At 0 unless given; `none` for no bias. */
  readonly bias?: Initializer | "none";
}

/** [..., in] to [..., features], with parameters `kernel` [in, features] and `bias` [features]. */
export function dense(x: Tensor, features: number, options: DenseOptions = {}): Tensor {
  const inFeatures = x.shape.at(-1)!;
  const { kernel = glorotUniform(inFeatures, features), bias = zeros } = options;
  const weights = x.trace.parameter("kernel", [inFeatures, features], kernel);
  const letters = "abcdefgh".slice(0, x.shape.length - 1);
  const product = einsum(`${letters}x,xy->${letters}y`, x, convert(weights, x.dtype));
  return bias === "none" ? product : addBias(product, x.trace.parameter("bias", [features], bias));
}

/** Adds a bias along the last dimension. */
export function addBias(x: Tensor, bias: Tensor): Tensor {
  return add(x, broadcastTrailing(convert(bias, x.dtype), x));
}

const LAYER_NORM_EPSILON = 1e-6; // flax.linen.LayerNorm's default, which both ViT papers use

/**
 * Layer normalisation over the last dimension. Statistics are f32 and the variance is E[x²] − E[x]², so that
 * one reading of x gives both (flax's `use_fast_variance`).
 */
export function layerNorm(x: Tensor): Tensor {
  const features = x.shape.at(-1)!;
  const last = x.shape.length - 1;
  const kept = x.shape.map((_, d) => d).slice(0, last);
  const gamma = x.trace.parameter("scale", [features], ones);
  const beta = x.trace.parameter("bias", [features], zeros);
  const wide = convert(x, "f32");
  const average = mean(wide, [last]);
  const variance = subtract(mean(multiply(wide, wide), [last]), multiply(average, average));
  const inverse = rsqrt(add(variance, fullLike(variance, LAYER_NORM_EPSILON)));
  const normalized = multiply(subtract(wide, spread(average, wide, kept)), spread(inverse, wide, kept));
  const scaled = multiply(normalized, broadcastTrailing(gamma, wide));
  return convert(add(scaled, broadcastTrailing(beta, wide)), x.dtype);
}

/** GELU by the tanh approximation (arXiv 1606.08415, section 2), which is flax's default. */
export function gelu(x: Tensor): Tensor {
  const cubic = multiply(x, multiply(x, x));
  const inner = scale(add(x, scale(cubic, 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(scale(x, 0.5), add(tanh(inner), fullLike(x, 1)));
}

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return maximum(x, fullLike(x, 0));
}

/** x · σ(x), also called SiLU (arXiv 1710.05941). */
export function swish(x: Tensor): Tensor {
  return multiply(x, logistic(x));
}

/** Softmax over the last dimension, with the maximum subtracted so that nothing overflows. */
export function softmax(logits: Tensor): Tensor {
  const last = logits.shape.length - 1;
  const kept = logits.shape.map((_, d) => d).slice(0, last);
  const peak = reduce("max", logits, [last]);
  const exponentials = exponential(subtract(logits, spread(peak, logits, kept)));
  return divide(exponentials, spread(reduce("add", exponentials, [last]), logits, kept));
}

/**
 * Multi-head attention of `queries` [b,n,d] over `context` [b,m,d] (self-attention when they are the same),
 * with biased query, key, value and output projections.
 */
export function attention(queries: Tensor, context: Tensor, heads: number): Tensor {
  const { trace } = queries;
  const [batch, , width] = queries.shape as [number, number, number];
  const headWidth = width / heads;
  const project = (name: string, x: Tensor) =>
    trace.scoped(name, () => reshape(dense(x, width), [batch, x.shape[1]!, heads, headWidth]));
  const query = scale(project("query", queries), 1 / Math.sqrt(headWidth));
  const key = project("key", context);
  const value = project("value", context);
  const weights = trace.scoped("softmax", () => softmax(einsum("bqhd,bkhd->bhqk", query, key)));
  const mixed = einsum("bhqk,bkhd->bqhd", weights, value);
  return trace.scoped("out", () => dense(reshape(mixed, queries.shape), width));
}

/** Two dense layers with a GELU between. */
export function mlp(x: Tensor, hidden: number): Tensor {
  const { trace } = x;
  const width = x.shape.at(-1)!;
  const bias = normal(1e-6); // big_vision's MlpBlock
  const up = trace.scoped("up", () => dense(x, hidden, { bias }));
  return trace.scoped("down", () => dense(gelu(up), width, { bias }));
}

/** A pre-norm transformer block. */
export function encoderBlock(x: Tensor, heads: number, hidden: number): Tensor {
  const { trace } = x;
  const normed = trace.scoped("norm1", () => layerNorm(x));
  const attended = add(
    x,
    trace.scoped("attention", () => attention(normed, normed, heads)),
  );
  const normedAgain = trace.scoped("norm2", () => layerNorm(attended));
  return add(
    attended,
    trace.scoped("mlp", () => mlp(normedAgain, hidden)),
  );
}

/** Sizes of a transformer encoder; its width is its input's. */
export interface EncoderShape {
  /** Blocks. */
  readonly depth: number;
  /** Of each attention. */
  readonly heads: number;
  /** Hidden width of the MLPs. */
  readonly mlp: number;
}

/** `depth` blocks and a final layer norm. */
export function encoder(x: Tensor, shape: EncoderShape): Tensor {
  const { trace } = x;
  let y = x;
  for (let index = 0; index < shape.depth; index++) {
    y = trace.scoped(`block${index}`, () => encoderBlock(y, shape.heads, shape.mlp));
  }
  return trace.scoped("norm", () => layerNorm(y));
}
