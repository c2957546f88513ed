/** @file Numbers for the pages of docs/ that compare. */

/** A share to a tenth of a percent. */
export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The value below which `share` of the sorted numbers lie. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** `median`, `90th percentile` and `worst` of absolute errors. */
export function spread(errors: readonly number[]): readonly string[] {
  const sorted = errors.map(Math.abs).sort((a, b) => a - b);
  return [quantile(sorted, 0.5), quantile(sorted, 0.9), sorted.at(-1) ?? Number.NaN].map(percent);
}
