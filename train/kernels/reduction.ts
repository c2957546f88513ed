/** @file Kernels of `src/ops/reduction.ts`. */
import * as tf from "@tensorflow/tfjs-core";
import type { Reducer, Window } from "../../src/ops/reduction.js";
import type { TensorType } from "../../src/program/types.js";
import { hostDtype } from "./elementwise.js";
import type { Kernel } from "./kernel.js";
import { dilate, padWith } from "./shape.js";
import { isTensorFlow, kernel, kernelOf } from "./tensorflow.js";

export const reduceKernel: Kernel<"reduce"> = ({ attributes: { reducer, dimensions }, operands: [x] }) => {
  if (reducer === "max") return (operand) => tf.max(operand, [...dimensions]);
  if (isTensorFlow() && isBiasGradient(x!, dimensions)) return sumOverRows;
  return (operand) => tf.sum(operand, [...dimensions]);
};

/**
 * The sum over all dimensions but the last, as a product with ones: it takes a third of the time of TensorFlow's sum, and
 * rounds less.
 */
export function sumOverRows(x: tf.Tensor): tf.Tensor {
  const columns = x.shape.at(-1)!;
  const rows = x.size / columns;
  return tf.reshape(tf.matMul(tf.ones([1, rows]), tf.reshape(x, [rows, columns])), [columns]);
}

/** Whether a sum is over all dimensions but the last. */
function isBiasGradient({ dtype, shape }: TensorType, dimensions: readonly number[]): boolean {
  const rank = shape.length;
  const leading = dimensions.length === rank - 1 && !dimensions.includes(rank - 1);
  return rank > 1 && leading && hostDtype(dtype) === "float32";
}

/** Windows over height and width of [N,H,W,C], without padding: what tfjs's pooling kernels take. */
function isPlainPooling({ size, padding }: Window): boolean {
  const unpadded = padding.every(([low, high]) => low === 0 && high === 0);
  return size.length === 4 && size[0] === 1 && size[3] === 1 && unpadded;
}

/** The part of a padded operand that each window sees at one offset. */
function atOffset(
  x: tf.Tensor,
  offset: readonly number[],
  { strides }: Window,
  output: readonly number[],
): tf.Tensor {
  const limit = offset.map((from, d) => from + (output[d]! - 1) * strides[d]! + 1);
  return tf.stridedSlice(x, [...offset], limit, [...strides]);
}

/** Every offset inside a window, in row-major order. */
function offsets(size: readonly number[]): readonly (readonly number[])[] {
  return size.reduce<readonly (readonly number[])[]>(
    (prefixes, n) => prefixes.flatMap((prefix) => Array.from({ length: n }, (_, i) => [...prefix, i])),
    [[]],
  );
}

function padded(x: tf.Tensor, { padding }: Window, reducer: Reducer): tf.Tensor {
  const dimensions = padding.map(([low, high]) => ({ low, high, interior: 0 }));
  return padWith(x, dimensions, reducer === "add" ? 0 : -Infinity);
}

export const reduceWindowKernel: Kernel<"reduceWindow"> = ({
  attributes: { reducer, window },
  results: [result],
}) => {
  if (reducer === "max" && isPlainPooling(window)) {
    const [, height, width] = window.size as [number, number, number, number];
    const [, down, right] = window.strides as [number, number, number, number];
    return (x) => tf.maxPool(x as tf.Tensor4D, [height, width], [down, right], "valid");
  }
  const combine: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor = reducer === "add" ? tf.add : tf.maximum;
  const places = offsets(window.size);
  return (x) => {
    const whole = padded(x, window, reducer);
    return places.map((offset) => atOffset(whole, offset, window, result!.shape)).reduce(combine);
  };
};

/**
 * Max-pooling's gradient. TensorFlow's own kernel where there is one; else one pass for each offset of the
 * window, which claims the windows whose first maximum is at that offset.
 */
export const selectAndScatterKernel: Kernel<"selectAndScatter"> = ({
  attributes: { window },
  operands: [operand, source],
}) => {
  if (isPlainPooling(window)) {
    const byBlocks = isTensorFlow() ? oneDnnGradient(window) : undefined;
    if (byBlocks) return byBlocks;
  }
  // The WebAssembly kernel of tfjs 4.22 loses the cotangent of maxima below zero (see kernels.test.ts).
  const native = tf.getBackend() !== "wasm" && tf.getKernel("MaxPoolGrad", tf.getBackend());
  if (native && isPlainPooling(window)) {
    const [, height, width] = window.size as [number, number, number, number];
    const [, down, right] = window.strides as [number, number, number, number];
    const attributes = { filterSize: [height, width], strides: [down, right], pad: "valid" };
    return (x, dy) => {
      const output = tf.maxPool(x as tf.Tensor4D, [height, width], [down, right], "valid");
      return tf.engine().runKernel("MaxPoolGrad", { dy, input: x, output }, attributes) as tf.Tensor;
    };
  }
  const pooled = source!.shape;
  const places = offsets(window.size);
  return (x, dy) => {
    const whole = padded(x, window, "max");
    const best = places.map((offset) => atOffset(whole, offset, window, pooled)).reduce(tf.maximum);
    let unclaimed = tf.onesLike(dy);
    let total = tf.zeros(whole.shape);
    for (const offset of places) {
      const isBest = tf.cast(tf.equal(atOffset(whole, offset, window, pooled), best), "float32");
      const claimed = tf.mul(isBest, unclaimed);
      unclaimed = tf.sub(unclaimed, claimed);
      total = tf.add(total, spreadBack(tf.mul(claimed, dy), offset, window, whole.shape));
    }
    return tf.slice(
      total,
      window.padding.map(([low]) => low),
      [...operand!.shape],
    );
  };
};

/**
 * Max-pooling's gradient by oneDNN's kernels, which take a twentieth of the time of the one that TensorFlow gives everyone.
 * They are not part of every build: undefined where they are missing.
 */
function oneDnnGradient({ size, strides }: Window): ((x: tf.Tensor, dy: tf.Tensor) => tf.Tensor) | undefined {
  const attributes = {
    floatTypes: ["T"],
    ints: { ksize: size, strides },
    strings: { padding: "VALID", data_format: "NHWC", _kernel: "MklNameChangeOp" },
    bools: { workspace_enabled: true },
  };
  // The second result says which element of each window is the largest.
  const pool = kernelOf("_MklNativeMaxPool", 2, attributes);
  const gradient = kernel("_MklNativeMaxPoolGrad", attributes);
  const run = (x: tf.Tensor, dy: tf.Tensor) => {
    const [output, places] = pool(x);
    return gradient(x, output!, dy, places!);
  };
  try {
    tf.tidy(() => {
      run(tf.zeros([...size]), tf.zeros([1, 1, 1, 1]));
    });
    return run;
  } catch {
    return undefined;
  }
}

/** The inverse of `atOffset`: values back where they came from, zeros elsewhere. */
function spreadBack(
  values: tf.Tensor,
  offset: readonly number[],
  { strides }: Window,
  shape: readonly number[],
): tf.Tensor {
  let y = values;
  strides.forEach((stride, d) => {
    y = dilate(y, d, stride - 1, 0);
  });
  return tf.pad(
    y,
    shape.map((size, d): [number, number] => [offset[d]!, size - offset[d]! - y.shape[d]!]),
  );
}
