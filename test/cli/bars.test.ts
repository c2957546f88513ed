/** @file Bars of a memory that is within its limit, and of one that is not. */
import picocolors from "picocolors";
import { expect, it } from "vitest";
import { bars } from "../../src/cli/bars.js";

const colors = picocolors.createColors(false);
const limit = { name: "limit", amount: 8, text: "8" };

it("ends before the limit's line when it fits", () => {
  const parts = [
    { name: "a", amount: 4, text: "4" },
    { name: "bb", amount: 2, text: "2" },
  ];
  expect(bars(parts, { colors, width: 29, limit })).toEqual([
    "  a      4  ████████        │",
    "  bb     2          ████    │",
    "  limit  8                  │",
  ]);
});

it("crosses the line when it does not", () => {
  const parts = [
    { name: "a", amount: 12, text: "12" },
    { name: "b", amount: 4, text: "4" },
  ];
  expect(bars(parts, { colors, width: 30, limit })).toEqual([
    "  a      12  ████████████",
    "  b       4          │   ████",
    "  limit   8          │",
  ]);
});

it("leaves out what there is no room for", () => {
  expect(bars([{ name: "a", amount: 4, text: "4" }], { colors, width: 16, limit })).toEqual([
    "  a      4",
    "  limit  8",
  ]);
});
