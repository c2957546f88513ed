/**
 * @file Probes: small training steps of two or three layers of one kind, which calibration runs to measure their operations
 * one by one. Among neighbours an operation finds the caches, the allocator and the thread pool as in training; alone it is
 * up to twice as fast or as slow. Their sizes are spread over what models have, and none is a model's.
 */
import {
  averagePool,
  convBatchNorm,
  poolingHead,
  squeezeExcite,
  stemPooling,
} from "../src/models/convolutional.js";
import { dense, encoderBlock, layerNorm, mlp, normal, relu, swish } from "../src/models/layers.js";
import type { Classifier, Mode } from "../src/models/model.js";
import { bottleneck } from "../src/models/resnet.js";
import { add } from "../src/ops/elementwise.js";
import { gather } from "../src/ops/gather.js";
import { mean } from "../src/ops/reduction.js";
import { concatenate, pad, reshape, sliceDimension, transpose } from "../src/ops/shape.js";
import { topK } from "../src/ops/topK.js";
import type { Tensor } from "../src/program/trace.js";
import type { Plan } from "../src/transforms/plan.js";
import type { BackendName } from "./machine.js";

export interface Probe {
  readonly name: string;
  readonly batch: number;
  readonly model: Classifier;
  readonly remat: Plan["remat"];
}

/** Layers over images [b,side,side,channels], which a small classifier ends. */
type Layers = (images: Tensor, mode: Mode) => Tensor;

/** So few that the classifier hardly counts. */
const CLASSES = 10;

/** A probe of any batch, with layers so many times narrower than its widest. */
type Probing = (batch: number, narrower: number) => Probe;

const part = (size: number, divisor: number) => Math.max(1, Math.round(size / divisor));

function probe(
  kind: string,
  optimizer: Classifier["optimizer"],
  [batch, image, channels]: readonly [batch: number, side: number, channels: number],
  layers: Layers,
): Probe {
  const name = `${kind} ${batch}×${image}²×${channels}`;
  const model: Classifier = {
    kind: "classifier",
    name,
    options: {},
    image,
    channels,
    imageDtype: "f32",
    optimizer,
    classes: CLASSES,
    logits: (images, mode) => poolingHead(layers(images, mode), CLASSES),
  };
  return { name, batch, model, remat: "none" };
}

/** One layer after the other, each under a scope of its own. */
function repeated(x: Tensor, count: number, layer: (x: Tensor) => Tensor): Tensor {
  let y = x;
  for (let index = 0; index < count; index++) y = x.trace.scoped(`block${index}`, () => layer(y));
  return y;
}

/** Images [b,h,w,c] as tokens [b,h·w,c]. */
const onTokens =
  (layers: (tokens: Tensor) => Tensor): Layers =>
  (images) => {
    const [batch, height, width, channels] = images.shape as [number, number, number, number];
    return reshape(layers(reshape(images, [batch, height * width, channels])), images.shape);
  };

/** Products, attention, layer normalisation, GELU; AdamW. */
const transformer =
  (side: number, widest: number, heads: number, depth = 2): Probing =>
  (batch, narrower) => {
    const width = heads * part(widest / heads, narrower);
    const layers = onTokens((x) => repeated(x, depth, (y) => encoderBlock(y, heads, 4 * width)));
    return probe("transformer", "adamw", [batch, side, width], layers);
  };

/** Products across tokens, with transposes before and after. */
const mixer =
  (side: number, widest: number): Probing =>
  (batch, narrower) => {
    const width = part(widest, narrower);
    const layers = onTokens((x) =>
      repeated(x, 2, (y) => {
        const { trace } = y;
        const normed = trace.scoped("norm", () => layerNorm(y));
        const mixed = trace.scoped("mlp", () => mlp(transpose(normed, [0, 2, 1]), width));
        return add(y, transpose(mixed, [0, 2, 1]));
      }),
    );
    return probe("mixer", "adamw", [batch, side, width], layers);
  };

/** Convolutions 1×1 and 3×3, batch normalisation, ReLU, and squeeze and excitation if asked for; SGD with momentum. */
const bottlenecks =
  (side: number, widest: number, stride: number, squeezed?: number): Probing =>
  (batch, narrower) => {
    const features = part(widest, narrower);
    const options = { activation: relu, ...(squeezed !== undefined && { squeezeExcite: squeezed }) };
    return probe(`bottleneck stride ${stride}`, "sgd", [batch, side, 2 * features], (x, mode) => {
      const first = x.trace.scoped("first", () => bottleneck(x, { features, stride }, options, mode));
      return repeated(first, 2, (y) => bottleneck(y, { features, stride: 1 }, options, mode));
    });
  };

/** Channels inside an inverted bottleneck for each outside, and outside for each in its squeeze. */
const [EXPANSION, SQUEEZE] = [6, 4];

/** Depthwise convolutions, swish, squeeze and excitation; RMSProp. */
const invertedBottlenecks =
  (side: number, widest: number, size: number, stride: number): Probing =>
  (batch, narrower) => {
    const channels = part(widest, narrower);
    const inner = EXPANSION * channels;
    const block = (x: Tensor, by: number, mode: Mode) => {
      const options = { stride: by, groups: inner, padding: "same" } as const;
      const expanded = swish(convBatchNorm(x, "expand", [inner, 1], mode));
      const filtered = swish(convBatchNorm(expanded, "depthwise", [inner, size], mode, options));
      const gated = squeezeExcite(filtered, part(channels, SQUEEZE), swish);
      return convBatchNorm(gated, "project", [channels, 1], mode);
    };
    const kind = `depthwise ${size}×${size} stride ${stride}`;
    return probe(kind, "rmsprop", [batch, side, channels], (x, mode) => {
      const first = x.trace.scoped("first", () => block(x, stride, mode));
      return x.trace.scoped("second", () => add(first, block(first, 1, mode)));
    });
  };

/** A large convolution of few channels, and max-pooling. */
const stem =
  (side: number, widest: number): Probing =>
  (batch, narrower) =>
    probe("stem", "sgd", [batch, side, 3], (x, mode) =>
      stemPooling(relu(convBatchNorm(x, "conv", [part(widest, narrower), 7], mode, { stride: 2 }))),
    );

/** Average-pooling, and images cut, joined and padded. */
const movers =
  (side: number, widest: number): Probing =>
  (batch, narrower) => {
    const channels = part(widest, narrower);
    const around = { low: 1, high: 1, interior: 0 };
    const none = { low: 0, high: 0, interior: 0 };
    return probe("pooling and copies", "sgd", [batch, side, channels], (x, mode) => {
      const y = convBatchNorm(x, "conv", [channels, 1], mode);
      const turned = concatenate([sliceDimension(y, 1, 2, side), sliceDimension(y, 1, 0, 2)], 1);
      return averagePool(pad(turned, 0, [none, around, around, none]), 2);
    });
  };

/** Rows of a table looked up, added to by their gradient, and updated all. */
const lookups =
  (side: number, rows: number, widest: number, optimizer: Classifier["optimizer"]): Probing =>
  (batch, narrower) => {
    const width = part(widest, narrower);
    return probe(`table of ${rows} rows`, optimizer, [batch, side, side], (x) => {
      const table = x.trace.parameter("table", [rows, width], normal(1));
      const chosen = gather(table, topK(mean(x, [3]), side));
      const mixed = dense(reshape(chosen, [batch, side * side, width]), width);
      return reshape(mixed, [batch, side, side, width]);
    });
  };

/** With every block computed again in the backward pass. */
const rematerialized =
  (probing: Probing): Probing =>
  (batch, narrower) => {
    const { name, ...rest } = probing(batch, narrower);
    return { ...rest, name: `${name} rematerialised`, remat: "block" };
  };

/** Probes with their batches, alternately in the quick selection and not. */
const all: readonly (readonly [probing: Probing, batch: number])[] = [
  [transformer(8, 128, 2, 3), 4],
  [rematerialized(transformer(10, 256, 4)), 8],
  [transformer(12, 160, 4), 16],
  [transformer(16, 416, 8), 2],
  [transformer(7, 480, 8), 16],
  [transformer(20, 320, 5), 2],
  [transformer(14, 128, 2), 24],
  [transformer(12, 704, 11, 1), 1],
  [mixer(12, 352), 4],
  [mixer(8, 256), 12],
  [bottlenecks(56, 32, 1), 2],
  [bottlenecks(24, 48, 2), 8],
  [bottlenecks(60, 56, 1), 6],
  [bottlenecks(9, 448, 2), 2],
  [bottlenecks(20, 128, 2, 16), 4],
  [bottlenecks(28, 64, 1), 8],
  [bottlenecks(12, 160, 1), 8],
  [bottlenecks(10, 256, 2, 32), 8],
  [bottlenecks(5, 512, 1), 16],
  [bottlenecks(7, 384, 1), 4],
  [invertedBottlenecks(40, 16, 3, 2), 8],
  [invertedBottlenecks(24, 32, 5, 2), 4],
  [invertedBottlenecks(60, 20, 3, 1), 6],
  [invertedBottlenecks(7, 160, 5, 1), 8],
  [invertedBottlenecks(12, 64, 3, 1), 8],
  [invertedBottlenecks(5, 96, 5, 1), 16],
  [stem(96, 48), 4],
  [stem(112, 32), 12],
  [movers(12, 96), 8],
  [movers(20, 320), 4],
  [lookups(8, 20_000, 256, "adamw"), 4],
  [lookups(12, 3000, 384, "sgd"), 8],
];

/** Slower backends get so many times less of each probe: their rounds have to be over in time, too. */
const reductions: Readonly<Record<BackendName, { readonly batch: number; readonly width: number }>> = {
  tensorflow: { batch: 1, width: 1 },
  wasm: { batch: 4, width: 4 },
  cpu: { batch: 16, width: 16 },
};

/** What to run for a calibration of a backend; half of it if that has to be quick. */
export function probesFor(backend: BackendName, quick = false): readonly Probe[] {
  const { batch: fewer, width: narrower } = reductions[backend];
  const chosen = quick ? all.filter((_, i) => i % 2 === 0) : all;
  return chosen.map(([probing, batch]) => probing(part(batch, fewer), narrower));
}
