/** @file Splits images that come without a split to test on. */
import { createHash } from "node:crypto";

/** Of images without a split of their own to evaluate on, one in so many is kept for it. */
export const TEST_ONE_IN = 10;

/** Names of the folder to evaluate on; the first that is there. Epochs are compared by it, hence `val` before `test`. */
export const HELD_OUT = ["val", "test"] as const;

/** Where images to test on come from: a folder's name, or a share of those to train on. */
export type TestFrom = (typeof HELD_OUT)[number] | "share";

export const hash = (content: string | Uint8Array) => createHash("sha256").update(content).digest();

/** One in `TEST_ONE_IN` by a hash of the name, which stays where it is when other images come or go. */
export function shareOut<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
): { readonly train: readonly T[]; readonly test: readonly T[] } {
  const isTest = items.map((item) => hash(nameOf(item)).readUInt32BE() % TEST_ONE_IN === 0);
  const test = items.filter((_, i) => isTest[i]);
  // Of few images the hash may choose none or all: then the first is the one.
  if (test.length === 0 || test.length === items.length) {
    return { train: items.slice(1), test: items.slice(0, 1) };
  }
  return { train: items.filter((_, i) => !isTest[i]), test };
}
