/**
 * @file The plain vision transformer: arXiv 2010.11929 with the changes of arXiv 2205.01580 (fixed sin-cos
 * positions, global average pooling), and with the attention pooling of arXiv 2106.04560 that SigLIP uses.
 */
import { iota } from "../ops/constants.js";
import { add, cosine, exponential, multiply, scale, sine, tanh } from "../ops/elementwise.js";
import { mean } from "../ops/reduction.js";
import {
  broadcastInDim,
  broadcastTrailing,
  concatenate,
  convert,
  reshape,
  sliceDimension,
  transpose,
} from "../ops/shape.js";
import type { Tensor, Trace } from "../program/trace.js";
import { checkTransformer, following, type ZooEntry, zooEntry } from "./entry.js";
import {
  attention,
  dense,
  encoder,
  glorotUniform,
  layerNorm,
  lecunNormal,
  mlp,
  normal,
  zeros,
} from "./layers.js";
import type { Classifier, Mode } from "./model.js";
import type { OptionValues } from "./options.js";

/** Sizes of a transformer. */
export interface VitShape {
  /** Features of a token. */
  readonly width: number;
  /** Blocks. */
  readonly depth: number;
  /** Hidden features of a block. */
  readonly mlp: number;
  /** Of each attention. */
  readonly heads: number;
}

/**
 * Widths, depths, hidden widths and heads: arXiv 2010.11929, Table 1; 2106.04560, Table 2 (Ti, S, g, G); 2305.13035
 * (So400m).
 */
export const vitVariants = {
  Ti: { width: 192, depth: 12, mlp: 768, heads: 3 },
  S: { width: 384, depth: 12, mlp: 1536, heads: 6 },
  B: { width: 768, depth: 12, mlp: 3072, heads: 12 },
  L: { width: 1024, depth: 24, mlp: 4096, heads: 16 },
  So400m: { width: 1152, depth: 27, mlp: 4304, heads: 16 },
  H: { width: 1280, depth: 32, mlp: 5120, heads: 16 },
  g: { width: 1408, depth: 40, mlp: 6144, heads: 16 },
  G: { width: 1664, depth: 48, mlp: 8192, heads: 16 },
} as const satisfies Readonly<Record<string, VitShape>>;

/** A transformer on the patches of an image. */
export interface VitTrunk extends VitShape {
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** Fixed sines and cosines, or learned. */
  readonly posemb: "sincos2d" | "learned";
  /** The mean of the tokens, a class token, or attention over them. */
  readonly pool: "gap" | "token" | "map";
}

/** [b,H,W,C] to [b, H/p · W/p, p·p·C]: a patch becomes a row, so that the stem is one matrix product. */
export function patches(images: Tensor, patch: number): Tensor {
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const [rows, columns] = [height / patch, width / patch];
  const grid = reshape(images, [batch, rows, patch, columns, patch, channels]);
  const grouped = transpose(grid, [0, 1, 3, 2, 4, 5]);
  return reshape(grouped, [batch, rows * columns, patch * patch * channels]);
}

/** Fixed positions [side², width]: sines and cosines of x and of y (Moco v3's, as in big_vision). */
function sincos2d(trace: Trace, side: number, width: number): Tensor {
  const quarter = width / 4;
  const shape = [side, side, quarter];
  const frequency = exponential(
    scale(iota(trace, "f32", shape, 2), -Math.log(10_000) / Math.max(quarter - 1, 1)),
  );
  const angle = (dimension: number) => multiply(iota(trace, "f32", shape, dimension), frequency);
  const [y, x] = [angle(0), angle(1)];
  return reshape(concatenate([sine(x), cosine(x), sine(y), cosine(y)], 2), [side * side, width]);
}

/** One learned query attends over the tokens: [b,n,d] to [b,d]. */
function attentionPooling(tokens: Tensor, shape: VitShape): Tensor {
  const { trace } = tokens;
  const [batch, , width] = tokens.shape as [number, number, number];
  const probe = trace.parameter("probe", [1, 1, width], glorotUniform(width, width));
  const queries = broadcastInDim(convert(probe, tokens.dtype), [batch, 1, width], [0, 1, 2]);
  const pooled = trace.scoped("attention", () => attention(queries, tokens, shape.heads));
  const normed = trace.scoped("norm", () => layerNorm(pooled));
  const mixed = add(
    pooled,
    trace.scoped("mlp", () => mlp(normed, shape.mlp)),
  );
  return reshape(mixed, [batch, width]);
}

/** Images [b,H,W,C] to a representation [b,width]. */
export function vitTrunk(images: Tensor, vit: VitTrunk, mode: Mode): Tensor {
  const { trace } = images;
  const [batch, side] = [images.shape[0]!, images.shape[1]! / vit.patch];
  const { width } = vit;
  const embedded = trace.scoped("embedding", () => {
    const pixels = patches(convert(images, mode.activations), vit.patch);
    return dense(pixels, width, { kernel: lecunNormal(pixels.shape[2]!) });
  });
  const positions =
    vit.posemb === "learned"
      ? trace.parameter("posemb", [side * side, width], normal(1 / Math.sqrt(width)))
      : trace.scoped("posemb", () => sincos2d(trace, side, width));
  const placed = add(embedded, broadcastTrailing(convert(positions, mode.activations), embedded));
  const tokens = vit.pool === "token" ? withClassToken(placed) : placed;
  const encoded = trace.scoped("encoder", () => encoder(tokens, vit));
  if (vit.pool === "token") return reshape(sliceDimension(encoded, 1, 0, 1), [batch, width]);
  if (vit.pool === "gap") return mean(encoded, [1]);
  return trace.scoped("pooling", () => attentionPooling(encoded, vit));
}

function withClassToken(tokens: Tensor): Tensor {
  const [batch, , width] = tokens.shape as [number, number, number];
  const token = tokens.trace.parameter("cls", [1, 1, width], zeros);
  const repeated = broadcastInDim(convert(token, tokens.dtype), [batch, 1, width], [0, 1, 2]);
  return concatenate([repeated, tokens], 1);
}

/** A classifier; `head: "hidden"` puts a tanh layer of the model's width before the logits. */
export function vitClassifier(name: string, options: OptionValues<"vit">): Classifier {
  const { classes, width, head } = options;
  return {
    kind: "classifier",
    name,
    options,
    image: options.image,
    channels: options.channels,
    imageDtype: "f32",
    optimizer: "adamw",
    classes,
    logits: (images, mode) => {
      const { trace } = images;
      const pooled = trace.scoped("vit", () => vitTrunk(images, options, mode));
      const hidden =
        head === "hidden" ? trace.scoped("pre_logits", () => tanh(dense(pooled, width))) : pooled;
      return trace.scoped("head", () => convert(dense(hidden, classes, { kernel: zeros }), "f32"));
    },
  };
}

/** A ViT of the zoo, as arXiv 2205.01580 has it: pooled by the mean, fixed positions, a hidden layer on top. */
export function vitEntry(shape: VitShape, patch: number): ZooEntry {
  return zooEntry({
    family: "vit",
    description: "ViT: plain vision transformer",
    paper: "arXiv 2205.01580",
    defaults: {
      image: 224,
      patch,
      channels: 3,
      ...shape,
      classes: 1000,
      head: "hidden",
      pool: "gap",
      posemb: "sincos2d",
    },
    // Four times the width, as every published variant but three has it.
    complete: (overrides) => following(overrides, "width", "mlp", 4),
    check: checkTransformer,
    build: vitClassifier,
  });
}
