/** @file Quantities as people write them: read exactly as they say, or refused in a line. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Asked,
  formatBytes,
  formatCount,
  formatMagnitude,
  formatRate,
  formatSeconds,
  parseCount,
  parseQuantity,
  type Unit,
} from "../../src/units/quantity.js";
import { cases } from "./cases.js";
import { hostile } from "./hostile.js";
import { answerOrRefusal, answerOrRefusalOf } from "./refused.js";

const asked: Asked = { name: "--some", of: "a quantity", like: "4k" };

const digits = (most: number) => fc.stringMatching(new RegExp(`^\\d{1,${most}}$`));

/** What a count that was read says in whole numbers alone. */
function exactly(text: string): bigint | undefined {
  const [, whole = "", fraction = "", suffix = ""] =
    /^([\d,_]+)(?:\.(\d+))?\s*([kmg]?)$/i.exec(text.trim()) ?? [];
  const factor = { "": 1n, k: 2n ** 10n, m: 2n ** 20n, g: 2n ** 30n }[suffix.toLowerCase()]!;
  const product = BigInt(whole.replaceAll(/[,_]/g, "") + fraction) * factor;
  const one = 10n ** BigInt(fraction.length);
  return product % one === 0n ? product / one : undefined;
}

describe("counts", () => {
  const written = fc
    .tuple(digits(18), fc.option(digits(20)), fc.constantFrom("", "k", "K", "M", "g", " k", "q", "kB"))
    .map(([whole, fraction, suffix]) => `${whole}${fraction === null ? "" : `.${fraction}`}${suffix}`);
  const separated = fc
    .tuple(fc.array(digits(4), { minLength: 1, maxLength: 5 }), fc.constantFrom(",", "_", ".", " ", "'"))
    .map(([groups, separator]) => groups.join(separator));
  it("are what they say, to the last digit, or are refused", () => {
    fc.assert(
      fc.property(fc.oneof(written, separated, hostile), (text) => {
        const count = answerOrRefusal(() => parseCount(text, asked));
        if (count === undefined) return;
        expect(Number.isSafeInteger(count) && count >= 1).toBe(true);
        expect(BigInt(count)).toBe(exactly(text));
      }),
      cases(2000, 0.15),
    );
  });

  it.each([
    "1.0000000000000000001k",
    "9007199254740991.4",
    "9007199254740993",
    "9007199254740992",
    "8G1",
    "1,5",
    "1.234,5",
    "12,34",
    "1__0",
    "+8",
    "٣",
    "1e3",
    "0x10",
  ])("%s is refused", (text) => {
    expect(answerOrRefusal(() => parseCount(text, asked))).toBeUndefined();
  });
});

describe("quantities", () => {
  const read = (text: string, unit: Unit) => answerOrRefusalOf(() => parseQuantity(text, unit, asked));
  const units = fc.constantFrom<Unit>("B", "s", "B/s", "FLOP/s", "examples/s", "Hz");
  const words = fc.constantFrom(
    "B",
    "GiB",
    "kB",
    "s",
    "ms",
    "µs",
    "h",
    "d",
    "min",
    "GB/s",
    "Hz",
    "FLOP/s",
    "%",
    "",
  );

  it("are numbers from nothing on, or are refused", async () => {
    const number = fc.oneof(
      fc.double().map(String),
      digits(12),
      hostile,
      fc.constantFrom("1,5", "1,234", "-1", "1e999"),
    );
    const term = fc.tuple(number, fc.constantFrom("", " "), words).map((parts) => parts.join(""));
    const text = fc.array(term, { minLength: 1, maxLength: 3 }).map((terms) => terms.join(" "));
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, hostile), units, async (given, unit) => {
        const value = await read(given, unit);
        if (value !== undefined) expect(Number.isFinite(value) && value >= 0).toBe(true);
      }),
      cases(300, 0.05),
    );
  });

  /** Every prefix of bytes with its factor: those of a thousand, and those of 1024. */
  const prefixes = ["k", "M", "G", "T", "P", "E"].flatMap((prefix, i) => [
    [`${prefix}B`, 1000 ** (i + 1)] as const,
    [`${prefix === "k" ? "K" : prefix}iB`, 1024 ** (i + 1)] as const,
  ]);
  it("have prefixes of a thousand and of 1024, exponents, and commas between thousands", async () => {
    const number = fc.oneof(
      fc.double({ min: 1e-6, max: 1e12, noNaN: true }).map((value) => [String(value), value] as const),
      fc.nat().map((value) => [formatCount(value), value] as const),
      fc.tuple(fc.nat({ max: 999 }), fc.integer({ min: -9, max: 9 })).map(([mantissa, exponent]) => {
        return [`${mantissa}e${exponent}`, mantissa * 10 ** exponent] as const;
      }),
    );
    await fc.assert(
      fc.asyncProperty(number, fc.constantFrom(...prefixes), async ([text, value], [unit, factor]) => {
        const expected = value * factor;
        expect(Math.abs((await read(`${text} ${unit}`, "B"))! - expected)).toBeLessThanOrEqual(
          expected * 1e-12,
        );
      }),
      cases(300, 0.03),
    );
  });

  it.each(["1,5 GiB", "1.234,5 GiB", "12,34 B", "1,,000 B", "1,0000 B", ",5 B", "1 KB", "1 m", "٣ B"])(
    "%s is refused",
    async (text) => expect(await read(text, "B")).toBeUndefined(),
  );
});

describe("what is written", () => {
  const anywhere = fc.double({ min: -12, max: 18, noNaN: true }).map((power) => 10 ** power);
  it("is a number and its unit, never an exponent or nothing where there is something", () => {
    fc.assert(
      fc.property(anywhere, (value) => {
        const bytes = Math.ceil(value);
        for (const text of [
          formatBytes(bytes),
          formatMagnitude(bytes),
          formatRate(value, "B/s"),
          formatSeconds(value),
        ]) {
          expect(text).toMatch(/^\d+(\.\d+)?(e-\d+)?( \S+)?( \d+ \S+)?$/);
          expect(Number.parseFloat(text)).toBeGreaterThan(0);
        }
      }),
      cases(500, 0.05),
    );
  });
});
