/** @file A growing file read as it grows: nothing is lost, nothing comes twice, nothing comes by halves. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, it } from "vitest";
import { tailOf } from "../../../../src/cli/dashboard/run/tail.js";
import { writeWhole } from "../../../../src/writeWhole.js";

const folder = mkdtempSync(join(tmpdir(), "willfit-tail-"));
const path = join(folder, "lines");
beforeEach(() => rmSync(path, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

it("gives each whole line once, however it was written", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "{", "ä", "→", " ") });
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, sizes) => {
      rmSync(path, { force: true });
      const read = tailOf(path);
      const given: string[] = [];
      let rest = Buffer.from(lines.map((text) => `${text}\n`).join(""));
      for (const size of [...sizes, rest.length]) {
        appendFileSync(path, rest.subarray(0, size));
        rest = rest.subarray(size);
        given.push(...read().lines);
      }
      expect(given).toEqual(lines);
    }),
    { numRuns: 50 },
  );
});

it("waits for the end of a line that is being written", () => {
  const read = tailOf(path);
  expect(read()).toEqual({ lines: [], isAnew: false, isMore: false });
  writeFileSync(path, "one\ntw");
  expect(read()).toEqual({ lines: ["one"], isAnew: true, isMore: false });
  expect(read()).toEqual({ lines: [], isAnew: false, isMore: false });
  appendFileSync(path, "o\n");
  expect(read()).toEqual({ lines: ["two"], isAnew: false, isMore: false });
});

it("begins anew with a file that was cut, or written anew and is longer by now", () => {
  const read = tailOf(path);
  writeFileSync(path, "one\ntwo\nthree\n");
  read();
  writeFileSync(path, "one\n");
  expect(read()).toEqual({ lines: ["one"], isAnew: true, isMore: false });
  writeWhole(path, "one\nII\nIII\nIV\n");
  expect(read()).toEqual({ lines: ["one", "II", "III", "IV"], isAnew: true, isMore: false });
  expect(read().isAnew).toBe(false);
});

it("reads a long file piece by piece", () => {
  const lines = Array.from({ length: 300_000 }, (_, i) => String(i));
  writeFileSync(path, `${lines.join("\n")}\n`);
  const read = tailOf(path);
  const first = read();
  expect(first).toMatchObject({ isAnew: true, isMore: true });
  const given = [first.lines];
  for (let isMore = true; isMore; ) {
    const news = read();
    given.push(news.lines);
    ({ isMore } = news);
  }
  expect(given.flat()).toEqual(lines);
});
