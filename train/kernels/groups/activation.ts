/** @file Activations, softmax and their gradients, with fewer passes over memory than their operations take. */
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

/** x/2 · (1 + tanh(a · x · (1 + b · x²))). */
export const geluKernel: GroupKernel =
  ({ constants: { slope, cubic } }) =>
  (x) => {
    const bent = tf.add(tf.mul(tf.square(x!), slope! * cubic!), slope!);
    const tanh = tf.tanh(tf.mul(bent, x!));
    return [tanh, tf.mul(tf.mul(tf.add(tanh, 1), x!), 0.5)];
  };

/** (1 + t + x · (1 − t²) · a · (1 + 3b · x²)) / 2 with the tanh t. */
export const geluGradientKernel: GroupKernel = ({ constants: { slope, cubic } }) => {
  const tanhGrad = kernel("TanhGrad");
  return (dy, x, tanh) => {
    const bent = tf.add(tf.mul(tf.square(x!), 3 * slope! * cubic!), slope!);
    const byTanh = tanhGrad(tanh!, tf.mul(bent, x!));
    const twice = tf.add(tf.add(byTanh, tanh!), 1);
    return [tf.mul(tf.mul(twice, dy!), 0.5)];
  };
};
