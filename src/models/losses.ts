/**
 * @file Losses. Each returns this device's share: the shares of all devices add up to the mean over the global
 * batch, so that the gradient of their sum is the gradient of that mean.
 */
import { allGather, collectivePermute } from "../ops/collective.js";
import { fullLike } from "../ops/constants.js";
import { einsum } from "../ops/dot.js";
import {
  abs,
  add,
  exponential,
  log,
  logPlusOne,
  maximum,
  multiply,
  negate,
  scale,
  subtract,
} from "../ops/elementwise.js";
import { reduce } from "../ops/reduction.js";
import { broadcastInDim } from "../ops/shape.js";
import type { Tensor } from "../program/trace.js";
import { spread } from "./layers.js";
import type { Embeddings } from "./model.js";

/** log Σ exp over the last dimension of [b,n], with the maximum taken out. */
export function logSumExp(logits: Tensor): Tensor {
  const peak = reduce("max", logits, [1]);
  const shifted = subtract(logits, spread(peak, logits, [0]));
  return add(log(reduce("add", exponential(shifted), [1])), peak);
}

/** log(1 + e^z), without overflow: max(z, 0) + log(1 + e^−|z|). */
export function softplus(z: Tensor): Tensor {
  return add(maximum(z, fullLike(z, 0)), logPlusOne(exponential(negate(abs(z)))));
}

/** The sum of all elements, a scalar. */
export function sum(x: Tensor): Tensor {
  return reduce(
    "add",
    x,
    x.shape.map((_, d) => d),
  );
}

/** Logits and label probabilities f32[b,classes] to this device's share of the mean cross-entropy. */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor, globalBatch: number): Tensor {
  const perExample = subtract(logSumExp(logits), reduce("add", multiply(logits, labels), [1]));
  return scale(sum(perExample), 1 / globalBatch);
}

/** Similarities of every image of this device with each of `texts`, scaled: t·x·yᵀ, [b, texts]. */
function similarities(images: Tensor, texts: Tensor, temperature: Tensor): Tensor {
  const products = einsum("id,td->it", images, texts);
  return multiply(products, broadcastInDim(temperature, products.shape, []));
}

/** Similarity of each pair that belongs together, [b]. */
function positives({ image, text }: Embeddings, temperature: Tensor): Tensor {
  const products = reduce("add", multiply(image, text), [1]);
  return multiply(products, broadcastInDim(temperature, products.shape, []));
}

/**
 * The pairwise sigmoid loss, arXiv 2303.15343 Algorithm 1: −Σ log σ(±z) / n with z = t·x·y + b, + where image
 * and text belong together. Since −log σ(z) = softplus(z) − z, that is Σ softplus(z) over all pairs less the
 * z of the positives.
 *
 * `texts` lists what to compare this device's images with: each a [b,d] of texts. A chunk's logits are computed
 * again in the backward pass, so that no more than one chunk's [b,b] exist at a time.
 */
function sigmoidLoss(embeddings: Embeddings, texts: readonly Tensor[], globalBatch: number): Tensor {
  const { image, bias, logTemperature } = embeddings;
  const { trace } = image;
  const temperature = exponential(logTemperature);
  const shifted = (z: Tensor) => add(z, broadcastInDim(bias, z.shape, []));
  const all = texts.map((chunk) =>
    trace.rematerialized(() => sum(softplus(shifted(similarities(image, chunk, temperature))))),
  );
  const matching = sum(shifted(positives(embeddings, temperature)));
  return scale(subtract(all.reduce(add), matching), 1 / globalBatch);
}

/**
 * Section 3.3 of the paper: the texts of the other devices come by one at a time, each device passing on to
 * its neighbour what it has just used.
 */
export function chunkedSigmoidLoss(embeddings: Embeddings, globalBatch: number): Tensor {
  const { replicas } = embeddings.text.trace;
  const ring = Array.from({ length: replicas }, (_, device) => [device, (device + 1) % replicas] as const);
  const texts = [embeddings.text];
  while (texts.length < replicas) texts.push(collectivePermute(texts.at(-1)!, ring));
  return sigmoidLoss(embeddings, texts, globalBatch);
}

/** The same loss with all texts gathered on every device: logits are [b, n]. */
export function gatheredSigmoidLoss(embeddings: Embeddings, globalBatch: number): Tensor {
  return sigmoidLoss(embeddings, [allGather(embeddings.text, 0)], globalBatch);
}

/** CLIP's symmetric softmax loss (arXiv 2103.00020, Figure 3); the bias has no part in it. */
export function softmaxContrastiveLoss(embeddings: Embeddings, globalBatch: number): Tensor {
  const { image, text, logTemperature } = embeddings;
  const temperature = exponential(logTemperature);
  const imageToText = logSumExp(similarities(image, allGather(text, 0), temperature));
  const textToImage = logSumExp(similarities(text, allGather(image, 0), temperature));
  const both = scale(add(sum(imageToText), sum(textToImage)), 0.5);
  return scale(subtract(both, sum(positives(embeddings, temperature))), 1 / globalBatch);
}
