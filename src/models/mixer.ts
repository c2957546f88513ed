/**
 * @file MLP-Mixer (arXiv 2105.01601): a vision transformer without attention; tokens are mixed by a perceptron
 * across patches, channels by one across features.
 */
import { add } from "../ops/elementwise.js";
import { mean } from "../ops/reduction.js";
import { convert, transpose } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { following, type ZooEntry, zooEntry } from "./entry.js";
import { dense, layerNorm, lecunNormal, mlp, zeros } from "./layers.js";
import type { Classifier } from "./model.js";
import { type OptionValues, requireMultiple } from "./options.js";
import { patches } from "./vit.js";

/** Widths, depths and hidden widths: arXiv 2105.01601, Table 1. */
export const mixerVariants = {
  S: { width: 512, depth: 8, tokenMlp: 256, mlp: 2048 },
  B: { width: 768, depth: 12, tokenMlp: 384, mlp: 3072 },
  L: { width: 1024, depth: 24, tokenMlp: 512, mlp: 4096 },
} as const;

/** [N,tokens,width]: mixes tokens, then channels, each with its residual. */
function mixerBlock(x: Tensor, tokenMlp: number, channelMlp: number): Tensor {
  const { trace } = x;
  const acrossTokens = transpose(
    trace.scoped("norm1", () => layerNorm(x)),
    [0, 2, 1],
  );
  const mixed = trace.scoped("token_mixing", () => mlp(acrossTokens, tokenMlp));
  const tokensMixed = add(x, transpose(mixed, [0, 2, 1]));
  const normed = trace.scoped("norm2", () => layerNorm(tokensMixed));
  return add(
    tokensMixed,
    trace.scoped("channel_mixing", () => mlp(normed, channelMlp)),
  );
}

function mixerClassifier(name: string, options: OptionValues<"mixer">): Classifier {
  const { patch, width, depth, tokenMlp, mlp: channelMlp, classes, image, channels } = options;
  return {
    kind: "classifier",
    name,
    options,
    image,
    channels,
    imageDtype: "f32",
    optimizer: "adamw",
    classes,
    logits: (images, mode) => {
      const { trace } = images;
      let x = trace.scoped("stem", () => {
        const pixels = patches(convert(images, mode.activations), patch);
        return dense(pixels, width, { kernel: lecunNormal(pixels.shape[2]!) });
      });
      for (let index = 0; index < depth; index++) {
        x = trace.scoped(`block${index}`, () => mixerBlock(x, tokenMlp, channelMlp));
      }
      const pooled = mean(
        trace.scoped("norm", () => layerNorm(x)),
        [1],
      );
      return trace.scoped("head", () => convert(dense(pooled, classes, { kernel: zeros }), "f32"));
    },
  };
}

export function mixerEntry(
  shape: (typeof mixerVariants)[keyof typeof mixerVariants],
  patch: number,
): ZooEntry {
  return zooEntry({
    family: "mixer",
    description: "MLP-Mixer: perceptrons across patches and across features",
    paper: "arXiv 2105.01601",
    defaults: { image: 224, patch, channels: 3, ...shape, classes: 1000 },
    complete: (overrides) => following(following(overrides, "width", "mlp", 4), "width", "tokenMlp", 0.5),
    check: ({ image, patch: side }) => requireMultiple(image, "image", side, "patch"),
    build: mixerClassifier,
  });
}
