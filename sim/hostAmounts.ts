/** @file What a host's time is linear in: the amounts of work that its profile has seconds for. */

/** What a class may take time for. */
export const amountNames = [
  "calls",
  "bytes",
  /** Bytes up to the first of `BYTE_KNOTS` (hostWork.ts), from there to the second, and beyond the others: time is piecewise linear in them. */
  "smallBytes",
  "mediumBytes",
  "largeBytes",
  "hugeBytes",
  "flops",
  /** FLOPs up to `SMALL_FLOPS`. */
  "smallFlops",
  /** FLOPs with elements that share few sets of the cache with their neighbours, for each operand that has them. */
  "conflictFlops",
  "lhsBytes",
  "rhsBytes",
  "resultBytes",
  /** Of operands whose dimensions have to be put in order before a product. */
  "permutedBytes",
  "inputBytes",
  "outputBytes",
  "kernelBytes",
  /** Of every window of a convolution by itself (im2col). */
  "patchBytes",
  /** Of the input and of all windows, where a convolution skips some of it. */
  "stridedBytes",
  "stridedPatchBytes",
] as const;

export type AmountName = (typeof amountNames)[number];
export type Amounts = Readonly<Partial<Record<AmountName, number>>>;
