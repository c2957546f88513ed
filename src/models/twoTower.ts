/**
 * @file Two towers: an image and a text transformer whose embeddings are compared (SigLIP, arXiv 2303.15343, or
 * CLIP with its loss); or, with the image tower locked, LiT (arXiv 2111.07991).
 */

import { fullLike } from "../ops/constants.js";
import { add, divide, maximum, multiply, sqrt } from "../ops/elementwise.js";
import { gather } from "../ops/gather.js";
import { reduce } from "../ops/reduction.js";
import { broadcastTrailing, convert, reshape, sliceDimension } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { checkTransformer, following, type ZooEntry, zooEntry } from "./entry.js";
import { dense, encoder, normal, spread } from "./layers.js";
import { type Batch, imagesInput, type Mode, type TwoTower } from "./model.js";
import { type ModelOptions, type OptionValues, requireMultiple } from "./options.js";
import { type VitShape, vitTrunk, vitVariants } from "./vit.js";

interface TextTower extends VitShape {
  readonly vocabulary: number;
  /** Width of the token table; a projection follows where it is less than the tower's. */
  readonly tokenWidth: number;
  /** Width of the embedding space. */
  readonly output: number;
}

/** Rows of the token table for i32[b,L], as wide as the tower. */
function embedTokens(tokens: Tensor, { vocabulary, tokenWidth, width }: TextTower, mode: Mode): Tensor {
  const { trace } = tokens;
  const table = trace.parameter("embedding", [vocabulary, tokenWidth], normal(1 / Math.sqrt(tokenWidth)));
  const looked = convert(gather(table, tokens), mode.activations);
  // mSigLIP's bottleneck (arXiv 2303.15343, section 4.6): a table of 250k rows is then a fraction of the size.
  return tokenWidth === width ? looked : trace.scoped("embedding_projection", () => dense(looked, width));
}

/** Tokens i32[b,L] to [b,output]: the last token's representation, projected. */
function textTower(tokens: Tensor, text: TextTower, mode: Mode): Tensor {
  const { trace } = tokens;
  const [batch, length] = tokens.shape as [number, number];
  const embedded = embedTokens(tokens, text, mode);
  const positions = trace.parameter("posemb", [length, text.width], normal(1 / Math.sqrt(text.width)));
  const placed = add(embedded, broadcastTrailing(convert(positions, mode.activations), embedded));
  const encoded = trace.scoped("encoder", () => encoder(placed, text));
  const last = reshape(sliceDimension(encoded, 1, length - 1, length), [batch, text.width]);
  return trace.scoped("head", () => dense(last, text.output));
}

/** Rows scaled to unit length, in f32: the losses are sensitive to it. */
function normalizeRows(x: Tensor): Tensor {
  const wide = convert(x, "f32");
  const length = sqrt(reduce("add", multiply(wide, wide), [1]));
  const safe = maximum(length, fullLike(length, 1e-8));
  return divide(wide, spread(safe, wide, [0]));
}

/** Temperature and bias start at t' = log 10, b = −10: arXiv 2303.15343, section 3.2. */
const INITIAL_LOG_TEMPERATURE = Math.log(10);
const INITIAL_BIAS = -10;

/** [b,width]: what the image tower makes of the images, unless it arrives with the batch. */
function imageEmbeddings(batch: Batch, options: OptionValues<"two-tower">, mode: Mode): Tensor {
  if (options.imageTower === "precomputed") return batch("embeddings");
  const images = batch("images");
  const tower = () => images.trace.scoped("image", () => vitTrunk(images, options, mode));
  return options.imageTower === "frozen" ? images.trace.frozen(tower) : tower();
}

/** A ViT and a text transformer. */
export function twoTower(name: string, options: OptionValues<"two-tower">): TwoTower {
  const { image, channels, width, textLength, vocabulary, tokenWidth, imageTower } = options;
  return {
    kind: "two-tower",
    name,
    options,
    image,
    channels,
    imageDtype: "f32",
    optimizer: "adamw",
    textLength,
    vocabulary,
    batch: (size, activations) => [
      imageTower === "precomputed"
        ? { name: "embeddings", dtype: "f32", shape: [size, width], values: { kind: "uniform" } }
        : imagesInput({ image, channels, imageDtype: "f32" }, size, activations),
      {
        name: "tokens",
        dtype: "i32",
        shape: [size, textLength],
        values: { kind: "integers", from: 0, below: vocabulary },
      },
    ],
    embed: (batch, mode) => {
      const { trace } = batch("tokens");
      const text: TextTower = {
        width: options.textWidth,
        depth: options.textDepth,
        mlp: options.textMlp,
        heads: options.textHeads,
        vocabulary,
        tokenWidth,
        output: width,
      };
      return {
        image: normalizeRows(imageEmbeddings(batch, options, mode)),
        text: normalizeRows(trace.scoped("text", () => textTower(batch("tokens"), text, mode))),
        logTemperature: trace.parameter("temperature", [], {
          kind: "constant",
          value: INITIAL_LOG_TEMPERATURE,
        }),
        bias: trace.parameter("bias", [], { kind: "constant", value: INITIAL_BIAS }),
      };
    },
  };
}

type Rule = readonly [leader: string, follower: string, factor: number];

/** SigLIP's text tower has the image tower's shape unless it is given one. */
const sameShape: readonly Rule[] = [
  ["width", "textWidth", 1],
  ["depth", "textDepth", 1],
  ["heads", "textHeads", 1],
  ["mlp", "textMlp", 1],
];

const usualWidths: readonly Rule[] = [
  ["width", "mlp", 4],
  ["textWidth", "textMlp", 4],
  ["textWidth", "tokenWidth", 1],
];

const complete = (rules: readonly Rule[]) => (overrides: ModelOptions) =>
  rules.reduce(
    (options, [leader, follower, factor]) => following(options, leader, follower, factor),
    overrides,
  );

function checkTwoTower(options: OptionValues<"two-tower">): void {
  checkTransformer(options);
  requireMultiple(options.textWidth, "textWidth", options.textHeads, "textHeads");
}

interface TowerPair {
  readonly image: VitShape;
  readonly patch: number;
  readonly text: VitShape;
  readonly imageTower: OptionValues<"two-tower">["imageTower"];
}

function towerDefaults({ image, patch, text, imageTower }: TowerPair): OptionValues<"two-tower"> {
  return {
    image: 224,
    patch,
    channels: 3,
    ...image,
    pool: "map",
    posemb: "learned",
    imageTower,
    textWidth: text.width,
    textDepth: text.depth,
    textMlp: text.mlp,
    textHeads: text.heads,
    textLength: 16,
    vocabulary: 32_000,
    tokenWidth: text.width,
  };
}

/** SigLIP with a text tower of the image tower's shape; CLIP with `--loss softmax`. */
export function siglipEntry(shape: VitShape, patch: number): ZooEntry {
  return zooEntry({
    family: "two-tower",
    description: "SigLIP: image and text towers, pairwise loss (CLIP with --loss softmax)",
    paper: "arXiv 2303.15343",
    defaults: towerDefaults({ image: shape, patch, text: shape, imageTower: "trained" }),
    complete: complete([...sameShape, ...usualWidths]),
    check: checkTwoTower,
    build: twoTower,
  });
}

/** The text tower L*: Large with half the layers (arXiv 2303.15343, section 4.1). */
export const shallowLarge: VitShape = { ...vitVariants.L, depth: 12 };

/** LiT: a text tower trained against a locked image tower, whose embeddings arrive with the batch by default. */
export function litEntry(image: VitShape, patch: number, text: VitShape): ZooEntry {
  return zooEntry({
    family: "two-tower",
    description: "LiT: text tower trained against a locked image tower",
    paper: "arXiv 2303.15343",
    defaults: towerDefaults({ image, patch, text, imageTower: "precomputed" }),
    complete: complete(usualWidths),
    check: checkTwoTower,
    build: twoTower,
  });
}
