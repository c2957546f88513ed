/** @file Kernels of `src/ops/elementwise.ts` and of the constants. */
import * as tf from "@tensorflow/tfjs-core";
import type { CompareDirection } from "../../src/ops/elementwise.js";
import type { DType } from "../../src/program/types.js";
import type { Kernel } from "./kernel.js";

/** tfjs's name for an element type as the host stores it. */
export function hostDtype(dtype: DType): "float32" | "int32" | "bool" {
  if (dtype === "f32" || dtype === "bf16") return "float32";
  return dtype === "i1" ? "bool" : "int32";
}

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
const unary = (run: Unary) => () => run;
const binary = (run: Binary) => () => run;

export const unaryKernels = {
  negate: unary(tf.neg),
  abs: unary(tf.abs),
  sign: unary(tf.sign),
  exponential: unary(tf.exp),
  log: unary(tf.log),
  logPlusOne: unary(tf.log1p),
  logistic: unary(tf.sigmoid),
  tanh: unary(tf.tanh),
  sine: unary(tf.sin),
  cosine: unary(tf.cos),
  sqrt: unary(tf.sqrt),
  rsqrt: unary(tf.rsqrt),
};

export const binaryKernels = {
  add: binary(tf.add),
  subtract: binary(tf.sub),
  multiply: binary(tf.mul),
  divide: binary(tf.div),
  maximum: binary(tf.maximum),
  minimum: binary(tf.minimum),
  power: binary(tf.pow),
};

const comparisons: Readonly<Record<CompareDirection, Binary>> = {
  EQ: tf.equal,
  NE: tf.notEqual,
  GE: tf.greaterEqual,
  GT: tf.greater,
  LE: tf.lessEqual,
  LT: tf.less,
};

export const compareKernel: Kernel<"compare"> = ({ attributes }) => comparisons[attributes.direction];

export const selectKernel: Kernel<"select"> = () => (predicate, onTrue, onFalse) =>
  tf.where(predicate as tf.Tensor<tf.Rank>, onTrue, onFalse);

export const constantKernel: Kernel<"constant"> =
  ({ attributes: { value, type }, storedShape }) =>
  () =>
    tf.fill([...storedShape], value, hostDtype(type.dtype));

export const iotaKernel: Kernel<"iota"> =
  ({ attributes: { dimension, type } }) =>
  () => {
    const line = tf.range(0, type.shape[dimension]!, 1, hostDtype(type.dtype) as "float32" | "int32");
    const column = tf.reshape(
      line,
      type.shape.map((size, d) => (d === dimension ? size : 1)),
    );
    return tf.tile(
      column,
      type.shape.map((size, d) => (d === dimension ? 1 : size)),
    );
  };
