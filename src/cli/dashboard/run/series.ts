/**
 * @file A quantity over the steps of a run, kept as means of equally many steps: as long as the run may be, there are never more
 * of them than any terminal has columns for.
 */

/** Values of some steps in a row. */
interface Bin {
  readonly sum: number;
  readonly count: number;
}

export interface Series {
  /** Steps in every bin but the last, which may hold fewer. */
  readonly stride: number;
  readonly bins: readonly Bin[];
}

export const emptySeries: Series = { stride: 1, bins: [] };

/** Even: bins are joined in pairs. A terminal of 500 columns shows two values in each. */
export const MOST_BINS = 1024;

const join = (a: Bin, b: Bin): Bin => ({ sum: a.sum + b.sum, count: a.count + b.count });

/** Half as many bins, of twice as many steps. */
function halved({ stride, bins }: Series): Series {
  const pairs = Array.from({ length: Math.ceil(bins.length / 2) }, (_, i) => {
    const second = bins[2 * i + 1];
    return second ? join(bins[2 * i]!, second) : bins[2 * i]!;
  });
  return { stride: 2 * stride, bins: pairs };
}

/** With the value of the next step. */
export function extended(series: Series, value: number): Series {
  const { stride, bins } = series;
  const one = { sum: value, count: 1 };
  const last = bins.at(-1);
  if (last && last.count < stride) return { stride, bins: [...bins.slice(0, -1), join(last, one)] };
  if (bins.length === MOST_BINS) return extended(halved(series), value);
  return { stride, bins: [...bins, one] };
}

/** The series drawn out or smoothed to `length` values, evenly apart; none of an empty one. */
export function resampled({ bins }: Series, length: number): readonly number[] {
  if (bins.length === 0) return [];
  const means = bins.map(({ sum, count }) => sum / count);
  if (means.length <= length) return stretched(means, length);
  return Array.from({ length }, (_, i) => {
    const from = Math.floor((i * bins.length) / length);
    const to = Math.floor(((i + 1) * bins.length) / length);
    const { sum, count } = bins.slice(from, to).reduce(join);
    return sum / count;
  });
}

/** Straight lines between `values`, read at `length` places from the first to the last. */
export function stretched(values: readonly number[], length: number): readonly number[] {
  const last = values.length - 1;
  if (last < 0) return [];
  return Array.from({ length }, (_, i) => {
    const at = length === 1 ? last : (i * last) / (length - 1);
    const before = Math.floor(at);
    const from = values[before]!;
    const to = values[Math.min(before + 1, last)]!;
    return from + (to - from) * (at - before);
  });
}
