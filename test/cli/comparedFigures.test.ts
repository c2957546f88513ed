/** @file Which of several figures is the best. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { bestOf, type Figure } from "../../src/cli/comparedFigures.js";

const least: Figure<number> = { name: "", text: String, best: { is: "least", amount: (it) => it } };
const most: Figure<number> = { name: "", text: String, best: { is: "most", amount: (it) => it } };

it("marks the best, all of them where several are alike, and none without anything beside it", () => {
  expect(bestOf(least, [3, 1, undefined, 1])).toEqual([false, true, false, true]);
  expect(bestOf(most, [3, 1, undefined, 1])).toEqual([true, false, false, false]);
  expect(bestOf(most, [2, 2])).toEqual([false, false]);
  expect(bestOf(most, [2, undefined])).toEqual([false, false]);
  expect(bestOf({ name: "", text: String }, [1, 2])).toEqual([false, false]);
});

it("is better than every figure that it leaves unmarked", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(9), { nil: undefined }), { minLength: 1 }), (amounts) => {
      const marked = bestOf(least, amounts);
      const known = amounts.filter((it) => it !== undefined);
      const lowest = Math.min(...known);
      const isTold = known.some((it) => it > lowest);
      expect(marked).toEqual(amounts.map((it) => isTold && it === lowest));
    }),
  );
});
