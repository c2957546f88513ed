/** @file Errors in a few numbers. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { summaryOf } from "../../sim/errorSummary.js";

it("counts both signs, and sorts by size", () => {
  expect(summaryOf([-0.3, 0.1, 0.2])).toEqual({ count: 3, median: 0.2, ninetieth: 0.3, worst: 0.3 });
  expect(summaryOf([])).toEqual({ count: 0, median: Number.NaN, ninetieth: Number.NaN, worst: Number.NaN });
});

it("has half of the errors within the median, and nine in ten within the ninetieth", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1 }), (errors) => {
      const { median, ninetieth, worst } = summaryOf(errors);
      const within = (limit: number) => errors.filter((error) => Math.abs(error) <= limit).length;
      expect(within(median)).toBeGreaterThanOrEqual(errors.length / 2);
      expect(within(ninetieth)).toBeGreaterThanOrEqual(0.9 * errors.length);
      expect(within(worst)).toBe(errors.length);
      expect(median <= ninetieth && ninetieth <= worst).toBe(true);
    }),
  );
});
