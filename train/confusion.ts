/**
 * @file What a classifier got right, and which classes it took for which others.
 */

export interface Evaluation {
  /** Share of examples whose class got the highest logit. */
  readonly accuracy: number;
  /** Share of examples whose class is among the five highest logits; only where there are more than five classes. */
  readonly top5?: number;
  readonly examples: number;
  /** Examples by their class (row) and the class with the highest logit (column); only where it is kept. */
  readonly confusion?: Confusion;
}

export type Confusion = readonly (readonly number[])[];

/** A class that was taken for another. */
export interface ConfusedPair {
  readonly label: number;
  readonly predicted: number;
  /** Examples of `label` that were taken for `predicted`. */
  readonly count: number;
  /** All examples of `label`. */
  readonly of: number;
}

/** The k of the second accuracy that papers report. */
const TOP = 5;

/**
 * Classes that come before this one: those with a higher logit, or an equal one and a lower number, as argMax has it. What is not
 * a number comes before everything, so that a run that diverged is right about nothing.
 */
function rankOf(logits: ArrayLike<number>, label: number): number {
  const own = logits[label]!;
  let rank = 0;
  for (let other = 0; other < logits.length; other++) {
    if (other === label || logits[other]! < own) continue;
    if (other < label || logits[other] !== own) rank++;
  }
  return rank;
}

function highest(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

export interface Tally {
  /** Counts one example. */
  readonly add: (logits: ArrayLike<number>, label: number) => void;
  /** What has been counted so far. */
  readonly evaluation: () => Evaluation;
}

/** Counts a classifier's answers, one example after the other; without the matrix where classes are too many for it. */
export function tallyOf(classes: number, { keepsConfusion = true } = {}): Tally {
  const confusion = keepsConfusion
    ? Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
    : undefined;
  let examples = 0;
  let first = 0;
  let amongTop = 0;
  return {
    add: (logits, label) => {
      const rank = rankOf(logits, label);
      examples += 1;
      if (rank === 0) first += 1;
      if (rank < TOP) amongTop += 1;
      if (confusion) confusion[label]![highest(logits)]! += 1;
    },
    evaluation: () => ({
      accuracy: first / examples,
      ...(classes > TOP && { top5: amongTop / examples }),
      examples,
      ...(confusion && { confusion: confusion.map((row) => [...row]) }),
    }),
  };
}

/** The pairs of classes most often confused, most often first; of equals, the lower classes. */
export function mostConfused(confusion: Confusion, most: number): readonly ConfusedPair[] {
  const pairs = confusion.flatMap((row, label) => {
    const of = row.reduce((total, count) => total + count, 0);
    return row.map((count, predicted): ConfusedPair => ({ label, predicted, count, of }));
  });
  return pairs
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
