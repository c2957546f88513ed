/** @file Numbers for the pages of docs/ that compare. */
import { summaryOf } from "../errorSummary.js";

/** A share to a tenth of a percent. */
export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** `median`, `90th percentile` and `worst` of absolute errors. */
export function spread(errors: readonly number[]): readonly string[] {
  const { median, ninetieth, worst } = summaryOf(errors);
  return [median, ninetieth, worst].map(percent);
}
