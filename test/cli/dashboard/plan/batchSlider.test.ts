/** @file The batch on its line: where it is, and what is marked. */
import fc from "fast-check";
import picocolors from "picocolors";
import { expect, it } from "vitest";
import { batchSlider } from "../../../../src/cli/dashboard/plan/batchSlider.js";

const colors = picocolors.createColors(false);
const slider = (batch: number, largest: number | undefined, width = 22) =>
  batchSlider(batch, 8, largest, width, colors);

it("goes from the smallest batch to beyond the largest that fits", () => {
  expect(slider(8, undefined)).toBe("├●───────────────────┤");
  expect(slider(1024, 4096)).toBe("├────────────●───┃╌╌╌┤");
  expect(slider(32_768, 4096)).toBe("├──────────────┃╌╌╌╌●┤");
  expect(slider(8, 0)).toBe("├●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┤");
});

it("is as wide as it is to be, with the batch in it, whatever the numbers", () => {
  const batches = fc.integer({ min: 1, max: 2 ** 30 });
  fc.assert(
    fc.property(
      batches,
      fc.option(batches, { nil: undefined }),
      fc.integer({ min: 4, max: 200 }),
      (batch, largest, width) => {
        const line = slider(batch, largest, width);
        expect(line.length).toBe(width);
        expect(line.match(/●/g)).toHaveLength(1);
        // Larger than what fits is never before its mark.
        if (largest !== undefined && batch > largest && line.includes("┃"))
          expect(line.indexOf("●")).toBeGreaterThan(line.indexOf("┃"));
      },
    ),
  );
});

it("is left out where there is no room for it", () => {
  expect(slider(8, 8, 3)).toBe("");
});
