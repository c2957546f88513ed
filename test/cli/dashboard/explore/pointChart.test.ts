/** @file Charts of points: within their room, with every point where it belongs. */
import fc from "fast-check";
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { axisOf } from "../../../../src/cli/dashboard/axis.js";
import { rowAt } from "../../../../src/cli/dashboard/braille.js";
import { batchLabels, batchRule, placeAmong } from "../../../../src/cli/dashboard/explore/batchAxis.js";
import { columnAt, pointRows } from "../../../../src/cli/dashboard/explore/pointChart.js";

const colors = picocolors.createColors(false);

describe("a chart of points", () => {
  it("joins them, over lines for what limits them", () => {
    const axis = axisOf([1, 4], 2);
    const points = [1, 2, 4].map((value, i) => ({ at: i / 2, value, mark: "●", paint: String }));
    const chart = { points, axis, uprights: [{ at: 0.75, mark: "┃" }], limit: 3 };
    expect(pointRows(chart, { across: 15, rows: 4 }, colors)).toMatchInlineSnapshot(`
      [
        "           ┃⡠⠒●",
        "─────────⡠⠔⠉───",
        "     ⣀⡠●⠊  ┃   ",
        "●⠤⠔⠒⠉      ┃   ",
      ]
    `);
  });

  it("is as large as its room, with a mark for each point", () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const value = fc.double({ min: 0.1, max: 100, noNaN: true });
    const size = fc.record({
      across: fc.integer({ min: 2, max: 60 }),
      rows: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 9 }), size, (pairs, room) => {
        const sorted = [...pairs].sort(([a], [b]) => a - b);
        const axis = axisOf(
          sorted.map(([, it]) => it),
          3,
        );
        const points = sorted.map(([at, it]) => ({ at, value: it, mark: "●", paint: String }));
        const uprights = [{ at: 0.5, mark: "┃" }];
        const lines = pointRows({ points, axis, uprights, limit: sorted[0]![1] }, room, colors);
        expect(lines.map((line) => line.length)).toEqual(new Array(room.rows).fill(room.across));
        for (const point of points) {
          const row = rowAt(axis.height(point.value), room.rows);
          expect(lines[row]![columnAt(point.at, room.across)]).toBe("●");
        }
      }),
    );
  });
});

describe("an axis of batches", () => {
  const batches = [8, 16, 32, 64, 128, 256, 512, 1024];
  const place = placeAmong(batches);

  it("has every doubling as far as any other", () => {
    const gaps = batches.slice(1).map((batch, i) => place(batch) - place(batches[i]!));
    for (const gap of gaps) expect(gap).toBeCloseTo(1 / 7);
    expect([place(8), place(1024)]).toEqual([0, 1]);
    expect(placeAmong([8])(8)).toBe(0);
  });

  it("says as many as have room, and the selected one always", () => {
    const axis = { batches, place, across: 20 };
    expect(batchLabels({ ...axis, selected: 8 }, colors)).toBe("8 16   64 128  1,024");
    expect(batchLabels({ ...axis, selected: 512 }, colors)).toBe("8 16   64 128  512");
    fc.assert(
      fc.property(fc.constantFrom(...batches), fc.integer({ min: 12, max: 90 }), (selected, across) => {
        const labels = batchLabels({ ...axis, across, selected }, colors);
        expect(labels.length).toBeLessThanOrEqual(across);
        const said = labels.trim().split(/ +/);
        expect(said).toContain(selected.toLocaleString("en-US"));
        expect(said).toEqual(
          batches.map((batch) => batch.toLocaleString("en-US")).filter((text) => said.includes(text)),
        );
        expect(batchRule({ ...axis, across, selected }, colors)).toHaveLength(across);
      }),
    );
  });
});
