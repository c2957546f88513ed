/**
 * @file Probes: small training steps of two or three layers of one kind, which calibration runs to measure their operations
 * one by one. Among neighbours an operation finds the caches, the allocator and the thread pool as in training; alone it is
 * up to twice as fast or as slow. None has the size of a published model.
 */

import { convBatchNorm, poolingHead, squeezeExcite, stemPooling } from "../src/models/convolutional.js";
import { encoderBlock, layerNorm, mlp, relu, swish } from "../src/models/layers.js";
import type { Classifier, Mode } from "../src/models/model.js";
import { bottleneck } from "../src/models/resnet.js";
import { add } from "../src/ops/elementwise.js";
import { reshape, transpose } from "../src/ops/shape.js";
import type { Tensor } from "../src/program/trace.js";

/** Layers over images [b,side,side,channels]. */
type Layers = (x: Tensor, mode: Mode) => Tensor;

export interface Probe {
  readonly name: string;
  readonly batch: number;
  readonly model: Classifier;
}

function probe(
  name: string,
  [batch, image, channels]: readonly [batch: number, side: number, channels: number],
  optimizer: Classifier["optimizer"],
  layers: Layers,
): Probe {
  const classes = 10;
  const logits: Classifier["logits"] = (images, mode) => poolingHead(layers(images, mode), classes);
  const model: Classifier = {
    kind: "classifier",
    name,
    options: {},
    image,
    channels,
    imageDtype: "f32",
    optimizer,
    classes,
    logits,
  };
  return { name, batch, model };
}

const repeated = (x: Tensor, count: number, layer: (x: Tensor) => Tensor): Tensor =>
  Array.from({ length: count }).reduce<Tensor>(
    (y, _, index) => x.trace.scoped(`block${index}`, () => layer(y)),
    x,
  );

const onTokens =
  (layers: (tokens: Tensor) => Tensor): Layers =>
  (images) => {
    const [batch, height, width, channels] = images.shape as [number, number, number, number];
    return reshape(layers(reshape(images, [batch, height * width, channels])), images.shape);
  };

export const transformerProbe = (
  batch: number,
  side: number,
  width: number,
  heads: number,
  depth = 2,
): Probe =>
  probe(
    `transformer ${batch}x${side * side}x${width}`,
    [batch, side, width],
    "adamw",
    onTokens((x) => repeated(x, depth, (y) => encoderBlock(y, heads, 4 * width))),
  );

export const mixerProbe = (batch: number, side: number, width: number): Probe =>
  probe(
    `mixer ${batch}x${side * side}x${width}`,
    [batch, side, width],
    "adamw",
    onTokens((x) =>
      repeated(x, 2, (y) => {
        const { trace } = y;
        const across = transpose(
          trace.scoped("norm", () => layerNorm(y)),
          [0, 2, 1],
        );
        return add(
          y,
          transpose(
            trace.scoped("mlp", () => mlp(across, width)),
            [0, 2, 1],
          ),
        );
      }),
    ),
  );

export const bottleneckProbe = (
  batch: number,
  side: number,
  features: number,
  stride: number,
  squeeze?: number,
): Probe =>
  probe(
    `bottleneck ${batch}x${side}²x${features} s${stride}`,
    [batch, side, 2 * features],
    "sgd",
    (x, mode) => {
      const options = { activation: relu, ...(squeeze && { squeezeExcite: squeeze }) };
      const first = x.trace.scoped("first", () => bottleneck(x, { features, stride }, options, mode));
      return repeated(first, 2, (y) => bottleneck(y, { features, stride: 1 }, options, mode));
    },
  );

export const depthwiseProbe = (
  batch: number,
  side: number,
  channels: number,
  size: number,
  stride: number,
): Probe =>
  probe(
    `depthwise ${batch}x${side}²x${channels} k${size} s${stride}`,
    [batch, side, channels],
    "rmsprop",
    (x, mode) => {
      const inner = 6 * channels;
      const block = (y: Tensor, by: number) => {
        const expanded = swish(convBatchNorm(y, "expand", [inner, 1], mode));
        const deep = swish(
          convBatchNorm(expanded, "depthwise", [inner, size], mode, {
            stride: by,
            groups: inner,
            padding: "same",
          }),
        );
        return convBatchNorm(squeezeExcite(deep, channels / 4, swish), "project", [channels, 1], mode);
      };
      const first = x.trace.scoped("first", () => block(x, stride));
      return repeated(first, 1, (y) => add(y, block(y, 1)));
    },
  );

export const stemProbe = (batch: number, side: number): Probe =>
  probe(`stem ${batch}x${side}²`, [batch, side, 3], "sgd", (x, mode) =>
    stemPooling(relu(convBatchNorm(x, "stem", [48, 7], mode, { stride: 2 }))),
  );

export const probes: readonly Probe[] = [
  transformerProbe(4, 8, 128, 2, 3),
  transformerProbe(8, 10, 256, 4),
  transformerProbe(16, 12, 160, 4),
  transformerProbe(2, 16, 384, 6),
  transformerProbe(16, 7, 512, 8),
  transformerProbe(2, 20, 320, 5),
  transformerProbe(1, 12, 768, 12, 1),
  transformerProbe(24, 14, 128, 2),
  mixerProbe(4, 12, 384),
  mixerProbe(12, 8, 256),
  bottleneckProbe(2, 56, 32, 1),
  bottleneckProbe(8, 24, 48, 2),
  bottleneckProbe(8, 28, 64, 1),
  bottleneckProbe(4, 20, 128, 2, 16),
  bottleneckProbe(8, 12, 160, 1),
  bottleneckProbe(8, 10, 256, 2, 32),
  bottleneckProbe(4, 7, 384, 1),
  bottleneckProbe(16, 5, 512, 1),
  depthwiseProbe(8, 40, 16, 3, 2),
  depthwiseProbe(4, 24, 32, 5, 2),
  depthwiseProbe(8, 12, 64, 3, 1),
  depthwiseProbe(8, 7, 160, 5, 1),
  stemProbe(4, 96),
  stemProbe(12, 112),
];
