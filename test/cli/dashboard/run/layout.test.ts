/** @file The screen divided: nothing is lost, whatever its size. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { layoutOf } from "../../../../src/cli/dashboard/run/layout.js";
import { GAP_COLUMNS } from "../../../../src/cli/dashboard/size.js";

it("gives every row and column away, once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 200 }), (columns, rows) => {
      const layout = layoutOf({ columns, rows });
      const { header, loss, accuracy, figures, evaluation, log, keys, main, side } = layout;
      const isBeside = accuracy > 0;
      const below = isBeside ? log : evaluation + log;
      expect(header + loss + accuracy + below + keys).toBe(rows);
      expect(isBeside ? figures + evaluation : figures).toBe(loss + accuracy);
      expect(main + (side === 0 ? 0 : side + GAP_COLUMNS)).toBe(columns);
      for (const extent of Object.values(layout)) expect(extent).toBeGreaterThanOrEqual(0);
    }),
  );
});

it("shows everything in 80 columns and 24 rows, and both charts where there is room", () => {
  expect(layoutOf({ columns: 80, rows: 24 })).toMatchObject({ loss: 13, accuracy: 0, evaluation: 5, log: 3 });
  expect(layoutOf({ columns: 160, rows: 50 })).toMatchObject({ loss: 24, accuracy: 15, side: 48 });
});
