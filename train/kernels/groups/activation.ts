/** @file Gradients of activations, softmax, and sums of squares. */
import * as tf from "@tensorflow/tfjs-core";
import { kernel } from "../tensorflow.js";
import type { GroupKernel } from "./group.js";

/**
 * TensorFlow's kernel lets nothing through where the operand is exactly zero, the program half of it. Looking for zeros
 * takes a fraction of computing them, and there are hardly ever any.
 */
export const reluGradientKernel: GroupKernel = () => {
  const reluGrad = kernel("ReluGrad");
  return (dy, x) => {
    const passed = reluGrad(dy!, x!);
    const isZero = tf.equal(x!, 0);
    if (tf.any(isZero).dataSync()[0] === 0) return [passed];
    return [tf.where(isZero, tf.mul(dy!, 0.5), passed)];
  };
};

export const softmaxKernel: GroupKernel = () => {
  const run = kernel("Softmax");
  return (x) => [run(x!)];
};

/** y · (dy − Σ dy · y). */
export const softmaxGradientKernel: GroupKernel = () => (dy, y) => {
  const inner = tf.sum(tf.mul(dy!, y!), -1, true);
  return [tf.mul(tf.sub(dy!, inner), y!)];
};

export const sumOfSquaresKernel: GroupKernel = () => {
  const halfOfSquares = kernel("L2Loss");
  return (x) => [tf.mul(halfOfSquares(x!), 2)];
};
