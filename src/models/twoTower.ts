/**
 * @file Two towers: an image and a text transformer whose embeddings are compared (SigLIP, arXiv 2303.15343).
 */

import { fullLike } from "../ops/constants.js";
import { add, divide, maximum, multiply, sqrt } from "../ops/elementwise.js";
import { gather } from "../ops/gather.js";
import { reduce } from "../ops/reduction.js";
import { broadcastTrailing, convert, reshape, sliceDimension } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { dense, encoder, normal, spread } from "./layers.js";
import type { Mode, TwoTower } from "./model.js";
import type { OptionValues } from "./options.js";
import { type VitShape, vitTrunk } from "./vit.js";

export interface TextTower extends VitShape {
  readonly vocabulary: number;
  /** Width of the embedding space. */
  readonly output: number;
}

/** Tokens i32[b,L] to [b,output]: the last token's representation, projected. */
function textTower(tokens: Tensor, text: TextTower, mode: Mode): Tensor {
  const { trace } = tokens;
  const [batch, length] = tokens.shape as [number, number];
  const table = trace.parameter(
    "embedding",
    [text.vocabulary, text.width],
    normal(1 / Math.sqrt(text.width)),
  );
  const positions = trace.parameter("posemb", [length, text.width], normal(1 / Math.sqrt(text.width)));
  const embedded = convert(gather(table, tokens), mode.activations);
  const placed = add(embedded, broadcastTrailing(convert(positions, mode.activations), embedded));
  const encoded = trace.scoped("encoder", () => encoder(placed, text, mode));
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

/** A ViT and a text transformer of the same shape. */
export function twoTower(name: string, options: OptionValues<"two-tower">): TwoTower {
  return {
    kind: "two-tower",
    name,
    options,
    image: options.image,
    channels: options.channels,
    imageDtype: "f32",
    optimizer: "adamw",
    textLength: options.textLength,
    vocabulary: options.vocabulary,
    embed: (images, tokens, mode) => {
      const { trace } = images;
      const text: TextTower = { ...options, output: options.width };
      return {
        image: normalizeRows(trace.scoped("image", () => vitTrunk(images, options, mode))),
        text: normalizeRows(trace.scoped("text", () => textTower(tokens, text, mode))),
        logTemperature: trace.parameter("temperature", [], {
          kind: "constant",
          value: INITIAL_LOG_TEMPERATURE,
        }),
        bias: trace.parameter("bias", [], { kind: "constant", value: INITIAL_BIAS }),
      };
    },
  };
}
