/**
 * @file The groups there are, each by how the layers in `src/models`, their gradients and the optimizers write it down.
 * Where one of these is written differently, a group is not found and a test says so.
 */
import { gelu, geluGradient, reluGradient, softmax, softmaxGradient } from "./activation.js";
import type { GroupKind } from "./kind.js";
import { batchNorm, batchNormGradient, layerNormGradients } from "./normalization.js";
import { sumOfSquares, transposedProduct } from "./product.js";
import { adamUpdates, momentumUpdates } from "./update.js";

/** Of a group that is written in several ways the longest comes first. */
export const groupKinds = {
  batchNorm: [batchNorm],
  batchNormGradient: [batchNormGradient],
  layerNormGradient: layerNormGradients,
  reluGradient: [reluGradient],
  softmax: [softmax],
  softmaxGradient: [softmaxGradient],
  gelu: [gelu],
  geluGradient: [geluGradient],
  transposedProduct: [transposedProduct],
  sumOfSquares: [sumOfSquares],
  momentumUpdate: momentumUpdates,
  adamUpdate: adamUpdates,
} satisfies Readonly<Record<string, readonly GroupKind[]>>;

export type GroupName = keyof typeof groupKinds;
