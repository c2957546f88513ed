/** @file Areas of dots on top of one another, and the textures that tell them apart. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stackedAreas } from "../../../src/cli/dashboard/stack.js";
import { swatch, textures } from "../../../src/cli/dashboard/texture.js";

const plain = (texture: (typeof textures)[keyof typeof textures]) => ({ texture, paint: undefined });

const text = (columns: readonly (readonly number[])[], rows: number, ...names: (keyof typeof textures)[]) =>
  stackedAreas(
    columns,
    names.map((name) => plain(textures[name])),
    rows,
  ).map((line) => line.map((cell) => cell.text).join(""));

describe("stacked areas", () => {
  it("fill from the foot to the height of each column of dots", () => {
    expect(text([[0.5], [1], [0], [0.25]], 1, "full")).toEqual(["⣼⢀"]);
    expect(text([[1], [1]], 2, "rows")).toEqual(["⠭", "⠭"]);
  });

  it("change the texture where a part ends", () => {
    const half = [0.5, 1];
    expect(text([half, half], 2, "full", "columns")).toEqual(["⡇", "⣿"]);
  });

  it("have dots up to the highest part and none above it, whatever the heights", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.integer({ min: 1, max: 8 }),
        (heights, rows) => {
          const columns = heights.map((parts) => parts.toSorted((a, b) => a - b));
          const lines = text(columns, rows, "full", "full");
          const dots = lines
            .join("")
            .replaceAll(" ", "\u2800")
            .split("")
            .map((character) => (character.codePointAt(0)! - 0x2800).toString(2).replaceAll("0", "").length);
          const expected = columns.map((parts) => Math.floor(parts[1]! * rows * 4 + 0.5));
          const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
          // Exactly half a dot may be rounded either way.
          expect(Math.abs(sum(dots) - sum(expected))).toBeLessThanOrEqual(
            columns.filter((parts) => (parts[1]! * rows * 4 + 0.5) % 1 < 1e-9).length,
          );
        },
      ),
    );
  });

  it("have the colour of the part that is lowest in a character", () => {
    const paints = [(it: string) => `a${it}`, (it: string) => `b${it}`];
    const fills = paints.map((paint) => ({ texture: textures.full, paint }));
    const [upper, lower] = stackedAreas([[0.5, 1]], fills, 2);
    expect([upper![0]!.paint, lower![0]!.paint]).toEqual([paints[1], paints[0]]);
  });
});

it("no two textures look alike", () => {
  const swatches = Object.values(textures).map((texture) => swatch(texture, 2));
  expect(new Set(swatches).size).toBe(swatches.length);
});
