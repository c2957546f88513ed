/** @file How far off predictions have been, in a few numbers. */

/** Absolute errors, as shares. */
export interface ErrorSummary {
  readonly count: number;
  readonly median: number;
  /** Nine in ten are within it. */
  readonly ninetieth: number;
  readonly worst: number;
}

/** The value below which `share` of the sorted numbers lie; not a number of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** @param errors relative, of either sign */
export function summaryOf(errors: readonly number[]): ErrorSummary {
  const sorted = errors.map(Math.abs).sort((a, b) => a - b);
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    ninetieth: quantile(sorted, 0.9),
    worst: sorted.at(-1) ?? Number.NaN,
  };
}
