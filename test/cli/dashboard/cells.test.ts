/** @file Characters that make up a line. */
import { expect, it } from "vitest";
import { cellLine } from "../../../src/cli/dashboard/cells.js";

it("are painted together where they are painted alike", () => {
  const paint = (text: string) => `<${text}>`;
  const cells = [{ text: "a" }, { text: "b", paint }, { text: "c", paint }, { text: "d" }];
  expect(cellLine(cells)).toBe("a<bc>d");
  expect(cellLine([])).toBe("");
});
