/** @file Curves of dots, their axes, and both together. */
import fc from "fast-check";
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { axisOf, bytesAxis, logarithmicAxis } from "../../../src/cli/dashboard/axis.js";
import { brailleCurve, brailleLines, rowAt } from "../../../src/cli/dashboard/braille.js";
import { chartLines, ticksBelow } from "../../../src/cli/dashboard/chart.js";
import { stretched } from "../../../src/cli/dashboard/run/series.js";

const colors = picocolors.createColors(false);
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("a curve in Braille", () => {
  it("goes through the dots of its heights, and joins them", () => {
    expect(brailleCurve([0, 0, 1, 1], 1)).toEqual(["⣀⠏"]);
    expect(brailleCurve([1, 1, 0, 0], 2)).toEqual(["⠉⡆", " ⣇"]);
    expect(brailleCurve([], 2)).toEqual(["", ""]);
  });

  it("has a dot at every height, in the row that the axis says", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (heights, rows) => {
          const lines = brailleCurve(heights, rows);
          expect(lines).toHaveLength(rows);
          heights.forEach((height, x) => {
            expect(lines[rowAt(height, rows)]![Math.floor(x / 2)]).not.toBe(" ");
          });
        },
      ),
    );
  });
});

it("dots are where they are set, and those outside are left out", () => {
  const lines = brailleLines(2, 1, (dot) => {
    for (const [x, y] of [
      [0, 0],
      [3, 3],
      [-1, 0],
      [4, 0],
      [0, 4],
      [0, -1],
    ] as const)
      dot(x, y);
  });
  expect(lines).toEqual(["⠁⢀"]);
});

describe("an axis", () => {
  it("of bytes begins at none, with ticks that are round in binary units", () => {
    const { height, valueAt, ticks } = bytesAxis(15.5 * 2 ** 30, 4);
    expect(ticks.map(({ text }) => text)).toEqual(["0 B", "5 GiB", "10 GiB", "15 GiB"]);
    expect(height(15.5 * 2 ** 30)).toBe(1);
    expect(valueAt(0.5)).toBeCloseTo(7.75 * 2 ** 30);
    expect(bytesAxis(0, 4).height(0)).toBe(0);
  });

  it("that is logarithmic has powers of ten, and what is round between them where there is room", () => {
    const texts = (ticks: number) => logarithmicAxis(0.7, 300, ticks, String).ticks.map(({ text }) => text);
    expect(texts(4)).toEqual(["1", "10", "100"]);
    expect(texts(20)).toEqual(["1", "2", "5", "10", "20", "50", "100", "200"]);
    expect(logarithmicAxis(1, 1e4, 9, String).valueAt(0.25)).toBeCloseTo(10);
  });

  it("reaches from the lowest value to the highest, with its ticks in between", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 50 }), (values) => {
        const { height, ticks } = axisOf(values, 4);
        for (const at of [...values.map((value) => height(value)), ...ticks.map((tick) => tick.height)]) {
          expect(at).toBeGreaterThanOrEqual(-1e-9);
          expect(at).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  it("is even, or logarithmic where the lowest would lie at the foot", () => {
    const texts = (values: readonly number[]) => axisOf(values, 4).ticks.map(({ text }) => text);
    expect(texts([1.5, 2.3])).toEqual(["1.6", "1.8", "2.0", "2.2"]);
    expect(texts([0.04, 2.3])).toEqual(["0.05", "0.1", "0.2", "0.5", "1", "2"]);
    expect(axisOf([0.01, 1], 4).height(0.1)).toBeCloseTo(0.5);
  });

  it("has room around a single value", () => {
    expect(axisOf([0.5], 3).height(0.5)).toBeCloseTo(0.5);
    expect(axisOf([0, 0], 3).height(0)).toBeCloseTo(0.5);
    // The smallest numbers there are leave no room to put ticks in.
    expect(axisOf([-2.47e-322], 4).height(0)).toBeCloseTo(0.5);
  });
});

describe("a chart", () => {
  const falling = (length: number) => stretched([2.3, 1.1, 0.6, 0.4, 0.3], length);

  it("is a curve with its axes", () => {
    const lines = chartLines({ values: falling, ends: ["step 1", "412"] }, { width: 32, height: 7 }, colors);
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "  2 ┤⠉⠒⠤⡀
          │   ⠈⠑⠤⡀
        1 ┤      ⠈⠒⠢⢄⡀
          │          ⠈⠑⠤⣀
      0.5 ┤              ⠉⠑⠒⠤⢄⣀
          │                    ⠉⠉⠒⠒⠤⠤⣀
          └ step 1 ─────────────── 412"
    `);
  });

  it("is within its room, or not there", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 40 }), (width, height) => {
        const lines = chartLines({ values: falling, ends: ["step 1", "412"] }, { width, height }, colors);
        expect([0, height]).toContain(lines.length);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("has ticks below, of which those are written that have room", () => {
    const ticks = [0, 0.5, 0.6, 1].map((height) => ({ height, text: String(height) }));
    expect(ticksBelow(ticks, 21, "s")).toEqual(["└┴─────────┴─┴───────┴", " 0        0.5      1 s"]);
    expect(ticksBelow([], 4, "s")).toEqual(["└────", " "]);
  });

  it("waits for a value", () => {
    const nothing = { values: () => [], ends: ["", ""] } as const;
    expect(chartLines(nothing, { width: 40, height: 10 }, colors)).toEqual([]);
  });
});
