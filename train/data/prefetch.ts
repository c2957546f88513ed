/**
 * @file Batches ahead of the step that needs them. What a batch holds depends on its number alone, never on when it was
 * asked for, so a resumed run sees what it would have seen.
 */
import { UserError } from "../../src/units/userError.js";
import type { Augmented, ImageExamples, Split } from "./dataset.js";

/**
 * Batches requested before they are needed: with one being decoded and one ready, a batch that takes longer than
 * others does not stop training.
 */
export const BATCHES_AHEAD = 2;

/**
 * Yields what `request` gives for `from`, `from + 1`, … below `to`, having asked for the next `ahead` already. When
 * the reader leaves, waits for what is on its way.
 */
export async function* prefetch<T>(
  from: number,
  to: number,
  ahead: number,
  request: (index: number) => Promise<T>,
): AsyncGenerator<T, undefined> {
  const pending: Promise<T>[] = [];
  let next = from;
  try {
    for (let index = from; index < to; index++) {
      while (next < to && next <= index + ahead) {
        const promise = request(next++);
        // Its failure is thrown when its turn comes; until then it is nobody's.
        promise.catch(() => {});
        pending.push(promise);
      }
      yield await pending.shift()!;
    }
  } finally {
    await Promise.allSettled(pending);
  }
  return undefined;
}

/**
 * The examples `order[start]` … `order[start + size − 1]`. In the place of one that could not be read stands the
 * next in order that can, from the beginning again after the last: a rule that needs no memory of earlier batches.
 * Augmented, it draws what it would have drawn in its own place.
 *
 * @throws UserError when none of the examples can be read
 */
export async function wholeBatch(
  split: Split,
  order: Int32Array,
  start: number,
  size: number,
  augmented?: Augmented,
): Promise<ImageExamples> {
  const batch = await split.examples(order.subarray(start, start + size), augmented);
  if (batch.missing.length === 0) return batch;
  const pixels = batch.pixels.slice();
  const labels = batch.labels.slice();
  const captions = batch.captions?.slice();
  const length = pixels.length / size;
  for (const position of batch.missing) {
    const other = await nextReadable(split, order, start + position, augmented);
    pixels.set(other.pixels, position * length);
    labels[position] = other.labels[0]!;
    if (captions && other.captions) captions[position] = other.captions[0]!;
  }
  return { pixels, labels, ...(captions && { captions }), missing: [] };
}

async function nextReadable(
  split: Split,
  order: Int32Array,
  at: number,
  augmented: Augmented | undefined,
): Promise<ImageExamples> {
  for (let offset = 1; offset < order.length; offset++) {
    const example = await split.examples([order[(at + offset) % order.length]!], augmented);
    if (example.missing.length === 0) return example;
  }
  throw new UserError(`none of the ${order.length} images to train on can be read`);
}
