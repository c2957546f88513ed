/**
 * @file BoTNet (arXiv 2101.11605): a ResNet whose last stage attends over the whole image where it had 3×3
 * convolutions, with learned relative positions.
 */
import { einsum } from "../ops/dot.js";
import { add, scale } from "../ops/elementwise.js";
import { broadcastInDim, convert, pad, reshape, sliceDimension, transpose } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { averagePool, conv, poolingHead } from "./convolutional.js";
import { type ZooEntry, zooEntry } from "./entry.js";
import { normal, relu, softmax, swish } from "./layers.js";
import type { Classifier, Mode } from "./model.js";
import { type OptionValues, requireMultiple } from "./options.js";
import {
  type BlockPlace,
  type BottleneckOptions,
  bottleneck,
  type ResnetDepth,
  residualDefaults,
  residualStages,
  resnetStages,
  resnetStem,
  squeezedChannels,
} from "./resnet.js";

/**
 * Logits by relative distance to logits by absolute position: [..., L, 2L−1], where the last dimension counts
 * distances from −(L−1) to L−1, to [..., L, L]. Row i starts L−1−i into the distances; with one column of padding
 * a row, the rows of a flat view that is read in rows of 2L−1 are shifted by one each.
 */
function relativeToAbsolute(logits: Tensor): Tensor {
  const lead = logits.shape.slice(0, -2);
  const [length, distances] = logits.shape.slice(-2) as [number, number];
  const padLast = (x: Tensor, high: number) =>
    pad(
      x,
      0,
      x.shape.map((_, d) => ({ low: 0, high: d === x.shape.length - 1 ? high : 0, interior: 0 })),
    );
  const widened = reshape(padLast(logits, 1), [...lead, length * (distances + 1)]);
  const shifted = reshape(padLast(widened, length - 1), [...lead, length + 1, distances]);
  const rows = sliceDimension(shifted, lead.length, 0, length);
  return sliceDimension(rows, lead.length + 1, length - 1, distances);
}

/** Relative logits along the last but one dimension of [N,heads,A,L,d]: [N,heads,A,L,L]. */
function relativeLogits(queries: Tensor, name: string): Tensor {
  const { trace } = queries;
  const [length, headWidth] = queries.shape.slice(-2) as [number, number];
  const table = trace.parameter(name, [2 * length - 1, headWidth], normal(1 / Math.sqrt(headWidth)));
  return relativeToAbsolute(einsum("nhald,md->nhalm", queries, convert(table, queries.dtype)));
}

/**
 * Content–position logits [N,heads,H·W,H·W] of queries [N,heads,H,W,d]: the query times the embedding of how far
 * down, and of how far right, the key is; the embeddings are shared by the heads.
 */
export function relativePositionLogits(queries: Tensor): Tensor {
  const [n, heads, height, width] = queries.shape as [number, number, number, number];
  const shape = [n, heads, height, width, height, width];
  const across = relativeLogits(queries, "relative_width");
  const down = relativeLogits(transpose(queries, [0, 1, 3, 2, 4]), "relative_height");
  const both = add(
    broadcastInDim(across, shape, [0, 1, 2, 3, 5]),
    // [N,heads,W,H,H'] to [N,heads,H,W,H']
    broadcastInDim(transpose(down, [0, 1, 3, 2, 4]), shape, [0, 1, 2, 3, 4]),
  );
  return reshape(both, [n, heads, height * width, height * width]);
}

/** Multi-head self-attention over all positions of [N,H,W,C]; no biases and no output projection. */
function selfAttention2d(x: Tensor, features: number, heads: number): Tensor {
  const { trace } = x;
  const [n, height, width] = x.shape as [number, number, number];
  const headWidth = features / heads;
  const project = (name: string) =>
    trace.scoped(name, () => reshape(conv(x, features, 1), [n, height, width, heads, headWidth]));
  const query = transpose(scale(project("query"), 1 / Math.sqrt(headWidth)), [0, 3, 1, 2, 4]);
  const flat = (y: Tensor) => reshape(y, [n, height * width, heads, headWidth]);
  const [key, value] = [flat(project("key")), flat(project("value"))];
  const positions = trace.scoped("positions", () => relativePositionLogits(query));
  const queries = reshape(query, [n, heads, height * width, headWidth]);
  const weights = trace.scoped("softmax", () =>
    softmax(add(einsum("nhqd,nkhd->nhqk", queries, key), positions)),
  );
  return reshape(einsum("nhqk,nkhd->nqhd", weights, value), [n, height, width, features]);
}

/** Attention in place of a 3×3 convolution: at the incoming resolution, then pooled where the stride is 2. */
function attendThenPool(heads: number): NonNullable<BottleneckOptions["spatial"]> {
  return (x, features, stride) => {
    const { trace } = x;
    const attended = trace.scoped("attention", () => selfAttention2d(x, features, heads));
    return stride === 1 ? attended : trace.scoped("pooling", () => averagePool(attended, stride));
  };
}

const LAST_STAGE = 3;

/** The block of a BoTNet at each place: attention in the last stage, else a convolution. */
export function botnetBlock(
  options: Pick<OptionValues<"botnet">, "heads" | "squeezeExcite" | "nonlinearity">,
  mode: Mode,
): (x: Tensor, place: BlockPlace) => Tensor {
  const activation = options.nonlinearity === "swish" ? swish : relu;
  return (x, place) => {
    const attends = place.stage === LAST_STAGE ? { spatial: attendThenPool(options.heads) } : {};
    const squeezed = squeezedChannels(place.features, options.squeezeExcite);
    return bottleneck(x, place, { activation, ...attends, ...squeezed }, mode);
  };
}

function botnetClassifier(name: string, options: OptionValues<"botnet">): Classifier {
  const { width, classes, image, channels, depth, lastStride } = options;
  return {
    kind: "classifier",
    name,
    options,
    image,
    channels,
    imageDtype: "bf16",
    optimizer: "sgd",
    classes,
    logits: (images, mode) => {
      const stem = resnetStem(images, width, options.nonlinearity === "swish" ? swish : relu, mode);
      const stages = residualStages(stem, {
        blocks: resnetStages[depth],
        width,
        lastStride,
        block: botnetBlock(options, mode),
      });
      return poolingHead(stages.at(-1)!, classes);
    },
  };
}

function checkBotnet({ width, heads }: OptionValues<"botnet">): void {
  requireMultiple(width * 2 ** LAST_STAGE, "width", heads, "heads");
}

const HEADS = 4; // arXiv 2101.11605, Figure 4

/** BoTNet as a ResNet with another last stage; of stride 1 for the S1 variants. */
export function botnetEntry(depth: ResnetDepth, lastStride: 1 | 2): ZooEntry {
  return zooEntry({
    family: "botnet",
    description: "BoTNet: residual network that attends in its last stage",
    paper: "arXiv 2101.11605",
    defaults: {
      ...residualDefaults,
      depth,
      heads: HEADS,
      lastStride,
      squeezeExcite: 0,
      nonlinearity: "relu",
    },
    check: checkBotnet,
    build: botnetClassifier,
  });
}

/** T3 to T7 (arXiv 2101.11605, Table 8): S1 networks with squeeze and excitation in every block, and swish. */
export function botnetScaledEntry(depth: ResnetDepth, image: number): ZooEntry {
  return zooEntry({
    family: "botnet",
    description: "BoTNet T3 to T7: S1 with squeeze and excitation and swish, scaled",
    paper: "arXiv 2101.11605",
    defaults: {
      ...residualDefaults,
      image,
      depth,
      heads: HEADS,
      lastStride: 1,
      squeezeExcite: 16,
      nonlinearity: "swish",
    },
    check: checkBotnet,
    build: botnetClassifier,
  });
}
