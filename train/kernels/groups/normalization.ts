/** @file Batch normalisation and its gradient, a kernel of TensorFlow's each; layer normalisation's gradient. */
import * as tf from "@tensorflow/tfjs-core";
import { sumOverRows } from "../reduction.js";
import { kernelOf } from "../tensorflow.js";
import type { GroupContext, GroupKernel } from "./group.js";

function attributesOf({ constants }: GroupContext) {
  return {
    floatTypes: ["T", "U"],
    floats: { epsilon: constants.epsilon! },
    strings: { data_format: "NHWC" },
    bools: { is_training: true },
  };
}

/** The kernel takes images; what matters is that channels come last. */
function asImages(x: tf.Tensor): tf.Tensor {
  return x.shape.length === 4 ? x : tf.reshape(x, [-1, 1, 1, x.shape.at(-1)!]);
}

const like = (y: tf.Tensor, x: tf.Tensor) => (x.shape.length === 4 ? y : tf.reshape(y, x.shape));

export const batchNormKernel: GroupKernel = (context) => {
  const run = kernelOf("FusedBatchNormV3", 6, attributesOf(context));
  return (x, scale, bias) => {
    const none = tf.tensor1d([], "float32");
    // y, batch mean, batch variance with Bessel's correction, then what the gradient needs: mean and variance.
    const [y, , , mean, variance] = run(asImages(x!), scale!, bias!, none, none);
    return [mean!, variance!, like(y!, x!)];
  };
};

export const batchNormGradientKernel: GroupKernel = (context) => {
  const run = kernelOf("FusedBatchNormGradV3", 5, attributesOf(context));
  return (dy, x, scale, mean, variance) => {
    const none = tf.tensor1d([], "float32");
    const [dx, scaleGradient, biasGradient] = run(
      asImages(dy!),
      asImages(x!),
      scale!,
      mean!,
      variance!,
      none,
    );
    return [biasGradient!, scaleGradient!, like(dx!, x!)];
  };
};

/** With the normalised n and h = dy · scale: dx = (h − mean h − n · mean(h · n)) / deviation. */
export const layerNormGradientKernel: GroupKernel = () => (dy, normalized, inverse, scale, added) => {
  const h = tf.mul(dy!, scale!);
  const centred = tf.sub(h, tf.mean(h, -1, true));
  const along = tf.mul(normalized!, tf.mean(tf.mul(h, normalized!), -1, true));
  const dx = tf.mul(tf.sub(centred, along), tf.expandDims(inverse!, -1));
  const scaleGradient = sumOverRows(tf.mul(dy!, normalized!));
  return [sumOverRows(dy!), scaleGradient, added ? tf.add(added, dx) : dx];
};
