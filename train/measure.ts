/** @file What an evaluation measures. */

export const measures = ["classification", "zero-shot", "retrieval"] as const;

/** What the accuracies of an evaluation are of. */
export type Measure = (typeof measures)[number];
