/** @file What is written can be read back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Asked,
  formatBytes,
  formatCount,
  formatMagnitude,
  formatPercent,
  formatRate,
  formatSeconds,
  formatThroughput,
  parseCount,
  parseQuantity,
  type Unit,
} from "../../src/units/quantity.js";
import { UserError } from "../../src/units/userError.js";

const batch: Asked = { name: "--batch", of: "a number of examples", like: "4096, 32k or 1M" };
const anything: Asked = { name: "--quantity", of: "a quantity", like: "30.75 GiB" };

describe("counts", () => {
  it.each([
    ["4096", 4096],
    ["4,096", 4096],
    ["4_096", 4096],
    ["4k", 4096],
    ["32K", 32_768],
    ["1.5k", 1536],
    ["1M", 1_048_576],
    [" 8 ", 8],
  ])("%s is %d", (text, value) => expect(parseCount(text, batch)).toBe(value));

  it.each([
    ["32q", "--batch 32q: not a number of examples; write 4096, 32k or 1M"],
    ["", '--batch "": not a number of examples; write 4096, 32k or 1M'],
    ["-4", "--batch -4: not a number of examples; write 4096, 32k or 1M"],
    ["4,09", "--batch 4,09: not a number of examples; write 4096, 32k or 1M"],
    ["0", "--batch 0: less than one; write 4096, 32k or 1M"],
    ["1.3", "--batch 1.3: not a whole number; write 4096, 32k or 1M"],
    ["99999999999G", "--batch 99999999999G: too large; write 4096, 32k or 1M"],
  ])("%j is refused in one line", (text, message) => {
    expect(() => parseCount(text, batch)).toThrow(new UserError(message));
  });

  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (count) => {
        expect(parseCount(formatCount(count), batch)).toBe(count);
      }),
    );
  });

  it("never lets anything but a count or a one-line refusal through", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseCount(text, batch)).toBeGreaterThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

describe("formatting", () => {
  it.each([
    [formatBytes(33_017_561_088), "30.75 GiB"],
    [formatBytes(345.2 * 2 ** 30), "345 GiB"],
    [formatBytes(1023.9 * 2 ** 20), "1 GiB"],
    [formatBytes(512), "512 B"],
    [formatBytes(0), "0 B"],
    [formatSeconds(0.138), "138 ms"],
    [formatSeconds(1.333), "1.33 s"],
    [formatSeconds(0.99999), "1 s"],
    [formatSeconds(2.9e-7), "290 ns"],
    [formatSeconds(1.5e-5), "15 µs"],
    [formatSeconds(59.99), "1 min"],
    [formatSeconds(23_400), "6 h 30 min"],
    [formatSeconds(273_600), "3 d 4 h"],
    [formatRate(275e12, "FLOP/s"), "275 TFLOP/s"],
    [formatRate(940e6, "Hz"), "940 MHz"],
    [formatMagnitude(203_119_106), "203.1 M"],
    [formatThroughput(2886.76), "2,887 examples/s"],
    [formatThroughput(0.3125), "0.3125 examples/s"],
    [formatPercent(0.30063), "30.1 %"],
  ])("%s", (written, expected) => expect(written).toBe(expected));
});

describe("quantities", () => {
  it.each<[string, Unit, number]>([
    ["30.75 GiB", "B", 33_017_561_088],
    ["32GB", "B", 32e9],
    ["6 h 30 min", "s", 23_400],
    ["1d 12h", "s", 129_600],
    ["15 µs", "s", 15e-6],
    ["275 TFLOP/s", "FLOP/s", 275e12],
    ["2,887 examples/s", "examples/s", 2887],
    ["45 GB/s", "B/s", 45e9],
  ])("%s", async (text, unit, value) => {
    expect((await parseQuantity(text, unit, anything)) / value).toBeCloseTo(1, 12);
  });

  it.each(["", "GiB", "30", "3 parsecs", "3 s", "-3 GiB", "1e999 GiB", "3 GiB 4 s", "constructor"])(
    "%j is no size",
    async (text) => {
      await expect(parseQuantity(text, "B", anything)).rejects.toThrow(/^--quantity .*: not a quantity/);
    },
  );

  const positive = fc.double({ min: 1e-9, max: 1e15, noNaN: true });
  const writers: readonly {
    readonly unit: Unit;
    readonly write: (value: number) => string;
    readonly values: fc.Arbitrary<number>;
  }[] = [
    { unit: "B", write: formatBytes, values: fc.integer({ min: 0, max: 2 ** 52 }) },
    // Evenly over the magnitudes, so that every form is written.
    {
      unit: "s",
      write: formatSeconds,
      values: fc.double({ min: -9, max: 9, noNaN: true }).map((x) => 10 ** x),
    },
    { unit: "FLOP/s", write: (value) => formatRate(value, "FLOP/s"), values: positive },
    { unit: "B/s", write: (value) => formatRate(value, "B/s"), values: positive },
    { unit: "Hz", write: (value) => formatRate(value, "Hz"), values: positive },
    { unit: "examples/s", write: formatThroughput, values: positive },
  ];
  it.each(writers)("$unit: what is written reads back to within 1 %", async ({ unit, write, values }) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const text = write(value);
        const read = await parseQuantity(text, unit, anything);
        expect(Math.abs(read - value)).toBeLessThanOrEqual(value * 0.01);
        expect(write(read)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
