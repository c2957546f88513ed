/**
 * @file From examples to the batch inputs of a program: pixels, and labels as probabilities or captions as tokens.
 */
import { randomBeta } from "d3-random";
import seedrandom from "seedrandom";
import { UserError } from "../src/units/userError.js";
import type { ImageExamples } from "./data/dataset.js";
import type { Tokenizer } from "./data/tokenizer.js";

/** The values of batch inputs by their names; their shapes are the program's. */
export type BatchValues = ReadonlyMap<string, Float32Array | Int32Array>;

/** How labels become probabilities. */
export interface LabelOptions {
  readonly classes: number;
  /** Share of the probability that all classes get alike (arXiv 1512.00567, section 7). */
  readonly labelSmoothing: number;
}

/** One row of probabilities a label, f32 [n,classes]. @throws UserError when there is an example without a class */
export function probabilitiesOf(labels: Int32Array, { classes, labelSmoothing }: LabelOptions): Float32Array {
  const probabilities = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  labels.forEach((label, i) => {
    if (label < 0) throw new UserError("some of the images have no class: a classifier learns from labels");
    probabilities[i * classes + label]! += 1 - labelSmoothing;
  });
  return probabilities;
}

/** Each row of f32 [rows,…] mixed with the row before it, the first with the last. */
function mixRows(values: Float32Array, rows: number, share: number): Float32Array {
  const length = values.length / rows;
  const mixed = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const own = row * length;
    const other = ((row + rows - 1) % rows) * length;
    for (let i = 0; i < length; i++)
      mixed[own + i] = share * values[own + i]! + (1 - share) * values[other + i]!;
  }
  return mixed;
}

/**
 * MixUp (arXiv 1710.09412) as big_vision has it (`get_mixup` in utils.py): one share for the whole batch, from a beta
 * distribution of both parameters `alpha`, the larger of it and its rest.
 */
export function mixedUp(
  pixels: Float32Array,
  probabilities: Float32Array,
  { rows, alpha, seed }: { readonly rows: number; readonly alpha: number; readonly seed: string },
): { readonly pixels: Float32Array; readonly probabilities: Float32Array } {
  const drawn = randomBeta.source(seedrandom(seed))(alpha, alpha)();
  // Of a very small alpha both of the gamma variates that it divides may be zero; the shares are then 0 and 1.
  const share = Number.isNaN(drawn) ? 1 : Math.max(drawn, 1 - drawn);
  return {
    pixels: mixRows(pixels, rows, share),
    probabilities: mixRows(probabilities, rows, share),
  };
}

/** Images and labels, as a classifier's training step takes them. */
export function labelledBatch(
  { pixels, labels }: ImageExamples,
  options: LabelOptions & { readonly mixup: number },
  seed: string,
): BatchValues {
  const probabilities = probabilitiesOf(labels, options);
  if (options.mixup === 0) {
    return new Map([
      ["images", pixels],
      ["labels", probabilities],
    ]);
  }
  const mixed = mixedUp(pixels, probabilities, { rows: labels.length, alpha: options.mixup, seed });
  return new Map([
    ["images", mixed.pixels],
    ["labels", mixed.probabilities],
  ]);
}

/** Texts as rows of `length` tokens, i32 [n,length]. */
export function tokensOf(texts: readonly string[], tokenizer: Tokenizer, length: number): Int32Array {
  const tokens = new Int32Array(texts.length * length);
  texts.forEach((text, i) => {
    tokens.set(tokenizer.encode(text, length), i * length);
  });
  return tokens;
}
