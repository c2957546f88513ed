/** @file Curves in one line of text. */
import { expect, it } from "vitest";
import { sparkline } from "../../src/cli/sparkline.js";

it("keeps each value until the next, and shows the largest of each cell", () => {
  const points = [
    { at: 0, value: 0 },
    { at: 2.5, value: 8 },
    { at: 3.5, value: 4 },
  ];
  expect(sparkline(points, 5, 8, 5)).toBe("▁▁██▅");
});

it("a value of the full height has the highest bar, nothing the lowest", () => {
  expect(sparkline([{ at: 0, value: 1 }], 1, 1, 3)).toBe("███");
  expect(sparkline([{ at: 0, value: 0 }], 1, 1, 3)).toBe("▁▁▁");
});
