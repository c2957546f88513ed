/** @file Names beside dots: none over another, over a dot, or beyond the edge. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namesWithRoom } from "../../../src/cli/report/dotNames.js";

const dots = fc.array(
  fc.record({
    name: fc.constantFrom("mlp/up", "mlp/down", "attention/softmax", "norm"),
    x: fc.double({ min: 0, max: 800, noNaN: true }),
    y: fc.double({ min: 0, max: 360, noNaN: true }),
    radius: fc.double({ min: 1, max: 40, noNaN: true }),
  }),
  { maxLength: 30 },
);

describe("names beside dots", () => {
  it("are each shown once, at most six of them, and only of dots that can be seen", () => {
    fc.assert(
      fc.property(dots, (all) => {
        const shown = namesWithRoom(all, 800, 360);
        const names = shown.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        expect(names.length).toBeLessThanOrEqual(6);
        for (const { radius } of shown) expect(radius).toBeGreaterThanOrEqual(7);
      }),
    );
  });

  it("go where there is room: to the right, else below, else to the left, else nowhere", () => {
    const dot = { name: "mlp/up", x: 400, y: 180, radius: 10 };
    const sideOf = (others: readonly (typeof dot)[]) =>
      namesWithRoom([dot, ...others], 800, 360).find(({ name }) => name === "mlp/up")?.side;
    const near = (dx: number, dy: number) => ({ name: "mlp/down", x: 400 + dx, y: 180 + dy, radius: 9 });
    expect(sideOf([])).toBe("right");
    expect(sideOf([near(25, 0)])).toBe("below");
    expect(sideOf([near(25, 0), near(0, 20)])).toBe("left");
    expect(sideOf([near(25, 0), near(0, 20), near(-25, 0)])).toBeUndefined();
    expect(namesWithRoom([{ ...dot, x: 795, y: 350 }], 800, 360)[0]?.side).toBe("left");
  });
});
