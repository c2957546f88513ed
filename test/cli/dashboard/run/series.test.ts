/** @file A quantity over many steps, kept as few means. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emptySeries,
  extended,
  MOST_BINS,
  resampled,
  stretched,
} from "../../../../src/cli/dashboard/run/series.js";

const seriesOf = (values: readonly number[]) => values.reduce(extended, emptySeries);
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("a series", () => {
  it("keeps every value's share, in bins of as many steps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * MOST_BINS }), (length) => {
        const values = Array.from({ length }, (_, i) => i);
        const { stride, bins } = seriesOf(values);
        expect(bins.length).toBeLessThanOrEqual(MOST_BINS);
        expect(bins.reduce((total, { count }) => total + count, 0)).toBe(length);
        expect(bins.reduce((total, { sum }) => total + sum, 0)).toBe(
          values.reduce((total, value) => total + value, 0),
        );
        expect(bins.slice(0, -1).every(({ count }) => count === stride)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("joins bins in pairs when there are too many", () => {
    const { stride, bins } = seriesOf(Array.from({ length: MOST_BINS + 1 }, (_, i) => i));
    expect(stride).toBe(2);
    expect(bins[0]).toEqual({ sum: 0 + 1, count: 2 });
    expect(bins.at(-1)).toEqual({ sum: MOST_BINS, count: 1 });
  });

  it("is resampled to any length, within its lowest and highest", () => {
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 300 }),
        (values, length) => {
          const drawn = resampled(seriesOf(values), length);
          expect(drawn).toHaveLength(length);
          const slack = 1e-6;
          expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Math.min(...values) - slack);
          expect(Math.max(...drawn)).toBeLessThanOrEqual(Math.max(...values) + slack);
        },
      ),
    );
  });

  it("is smoothed by means, and drawn out by straight lines", () => {
    expect(resampled(seriesOf([1, 3, 5, 7]), 2)).toEqual([2, 6]);
    expect(resampled(seriesOf([1, 3]), 3)).toEqual([1, 2, 3]);
    expect(resampled(emptySeries, 3)).toEqual([]);
    expect(stretched([4], 3)).toEqual([4, 4, 4]);
    expect(stretched([], 3)).toEqual([]);
  });
});
