/** @file Loss and gradients of whole blocks against tfjs's own autodiff, on forward code written independently. */
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of tfjs's own operations, and the plain JavaScript backend.
import "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { encoderBlock, relu } from "../../src/models/layers.js";
import type { Mode } from "../../src/models/model.js";
import { bottleneck } from "../../src/models/resnet.js";
import type { Tensor } from "../../src/program/trace.js";
import { execute, prepare } from "../../train/executor.js";
import { layerProgram } from "./layerProgram.js";
import { noise } from "./noise.js";

const mode: Mode = { training: true, activations: "f32" };

type Named = Readonly<Record<string, tf.Tensor>>;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Σ w ⊙ block(x), its value and its gradient by x and by every parameter. */
function ours(shape: readonly number[], block: (x: Tensor) => Tensor): { values: Named; results: Named } {
  const program = layerProgram(shape, block);
  const tensors = program.inputs.map(({ name, value }, i) => {
    const { shape: size } = program.types[value]!;
    const values = noise(
      size.reduce((a, b) => a * b, 1),
      i + 1,
    );
    return name.endsWith("variance") ? tf.ones([...size]) : tf.tensor(values, [...size]);
  });
  const kept = tensors.map((tensor) => tf.clone(tensor));
  const [outputs] = execute(prepare(program), [tensors]);
  return {
    values: Object.fromEntries(program.inputs.map(({ name }, i) => [name, kept[i]!])),
    results: Object.fromEntries(
      program.outputs.flatMap(({ name, replaces }, i) =>
        replaces === undefined ? [[name, outputs![i]!]] : [],
      ),
    ),
  };
}

function expectSame(
  { values, results }: { values: Named; results: Named },
  forward: (v: Named) => tf.Tensor,
): void {
  const names = Object.keys(results).filter((name) => name in values);
  const loss = (...tensors: tf.Tensor[]) => {
    const given = { ...values, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) };
    return tf.sum(tf.mul(forward(given), values.weights!)) as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => values[name]!));
  const relative = (a: tf.Tensor, b: tf.Tensor) =>
    tf.norm(tf.sub(a, b)).dataSync()[0]! / Math.max(tf.norm(b).dataSync()[0]!, 1e-6);
  expect(relative(results.loss!, value)).toBeLessThan(1e-4);
  names.forEach((name, i) => {
    // A key's bias shifts all logits of a query alike: its gradient is rounding, and so is ours.
    if (name.endsWith("key/bias")) expect(tf.norm(results[name]!).dataSync()[0]).toBeLessThan(1e-3);
    else expect(relative(results[name]!, grads[i]!), name).toBeLessThan(1e-4);
  });
}

describe("a ViT block", () => {
  it("agrees with tfjs", () => {
    const [batch, tokens, width, heads] = [2, 5, 8, 2];
    const layerNorm = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6))), scale), bias);
    };
    const dense = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) => {
      const flat = tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)!]), kernel as tf.Tensor2D);
      return tf.reshape(tf.add(flat, bias), [...x.shape.slice(0, -1), kernel.shape[1]!]);
    };
    const gelu = (x: tf.Tensor) => {
      const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
      return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
    };
    const result = ours([batch, tokens, width], (x) => encoderBlock(x, heads, 16));
    expectSame(result, (v) => {
      const normed = layerNorm(v.x!, v["norm1/scale"]!, v["norm1/bias"]!);
      const head = (name: string) => {
        const projected = dense(normed, v[`attention/${name}/kernel`]!, v[`attention/${name}/bias`]!);
        return tf.transpose(tf.reshape(projected, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
      };
      const logits = tf.div(tf.matMul(head("query"), head("key"), false, true), Math.sqrt(width / heads));
      const mixed = tf.transpose(tf.matMul(tf.softmax(logits), head("value")), [0, 2, 1, 3]);
      const attended = tf.reshape(mixed, [batch, tokens, width]);
      const middle = tf.add(v.x!, dense(attended, v["attention/out/kernel"]!, v["attention/out/bias"]!));
      const again = layerNorm(middle, v["norm2/scale"]!, v["norm2/bias"]!);
      const hidden = gelu(dense(again, v["mlp/up/kernel"]!, v["mlp/up/bias"]!));
      return tf.add(middle, dense(hidden, v["mlp/down/kernel"]!, v["mlp/down/bias"]!));
    });
  });
});

describe("a bottleneck block", () => {
  it.each([1, 2] as const)("of stride %d agrees with tfjs", (stride) => {
    const result = ours([2, 6, 6, 3], (x) =>
      bottleneck(x, { features: 2, stride }, { activation: relu }, mode),
    );
    const batchNorm = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), bias);
    };
    expectSame(result, (v) => {
      const convNorm = (x: tf.Tensor, name: string, step: number, pad: number) => {
        const kernel = v[`${name}/conv/kernel`] as tf.Tensor4D;
        const y = tf.conv2d(x as tf.Tensor4D, kernel, step, pad, "NHWC", 1, pad > 0 ? "floor" : undefined);
        return batchNorm(y, v[`${name}/norm/scale`]!, v[`${name}/norm/bias`]!);
      };
      const reduced = tf.relu(convNorm(v.x!, "reduce", 1, 0));
      const spatial = tf.relu(convNorm(reduced, "spatial", stride, 1));
      const residual = convNorm(spatial, "expand", 1, 0);
      return tf.relu(tf.add(residual, convNorm(v.x!, "shortcut", stride, 0)));
    });
  });
});
