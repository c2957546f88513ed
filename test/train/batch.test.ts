/** @file What examples become before a step: smoothed and mixed labels, captions, tokens. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelledBatch, mixedUp, probabilitiesOf, tokensOf } from "../../train/batch.js";
import { captionsOf, sentence } from "../../train/captions.js";
import { bytesTokenizer } from "../../train/data/tokenizer.js";

const rowsOf = (values: Float32Array, rows: number) => {
  const length = values.length / rows;
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * length, (i + 1) * length)]);
};

describe("label probabilities", () => {
  it("give all classes a share alike", () => {
    const labels = Int32Array.of(2, 0);
    const smoothed = probabilitiesOf(labels, { classes: 4, labelSmoothing: 0.1 });
    const expected = [0.025, 0.025, 0.925, 0.025, 0.925, 0.025, 0.025, 0.025];
    smoothed.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    expect(() => probabilitiesOf(Int32Array.of(0, -1), { classes: 2, labelSmoothing: 0 })).toThrow(
      "some of the images have no class",
    );
    expect([...probabilitiesOf(labels, { classes: 3, labelSmoothing: 0 })]).toEqual([0, 0, 1, 1, 0, 0]);
  });
});

describe("MixUp", () => {
  it("mixes each example with the one before it, images and labels by one share of a half at least", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0.01, max: 4, noNaN: true }),
        fc.string(),
        (rows, alpha, seed) => {
          const pixels = Float32Array.from({ length: rows * 3 }, (_, i) => i);
          const labels = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
          const mixed = mixedUp(pixels, labels, { rows, alpha, seed });
          const [before, after] = [rowsOf(pixels, rows), rowsOf(mixed.pixels, rows)];
          const probabilities = rowsOf(mixed.probabilities, rows);
          const share = rows === 1 ? 1 : probabilities[0]![0]!;
          expect(share).toBeGreaterThanOrEqual(0.5);
          after.forEach((row, i) => {
            const other = (i + rows - 1) % rows;
            row.forEach((value, p) => {
              expect(value).toBeCloseTo(share * before[i]![p]! + (1 - share) * before[other]![p]!, 4);
            });
            expect(probabilities[i]!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
            if (rows > 1) expect(probabilities[i]![other]).toBeCloseTo(1 - share, 5);
          });
        },
      ),
    );
  });

  it("is another in every step, and the same when a step is made again", () => {
    const examples = { pixels: Float32Array.of(0, 1), labels: Int32Array.of(0, 1), missing: [] };
    const options = { classes: 2, labelSmoothing: 0, mixup: 0.2 };
    const images = (seed: string) => [...labelledBatch(examples, options, seed).get("images")!];
    expect(images("1 mixup 7")).toEqual(images("1 mixup 7"));
    expect(images("1 mixup 7")).not.toEqual(images("1 mixup 8"));
  });
});

describe("captions", () => {
  it("name the class in one of the sentences", () => {
    const prompts = ["a {}.", "one {}, no more"];
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const captions = captionsOf(labels, ["cat", "red_fox"], prompts, "s");
    captions.forEach((caption, i) => {
      const name = i % 2 === 0 ? "cat" : "red fox";
      expect([`a ${name}.`, `one ${name}, no more`]).toContain(caption);
    });
    expect(new Set(captions).size).toBe(4);
    expect(captionsOf(labels, ["cat", "red_fox"], prompts, "s")).toEqual(captions);
    expect(sentence("{} and {}", "a_b")).toBe("a b and a b");
  });

  it("become rows of tokens, one length each", () => {
    const tokens = tokensOf(["ab", "abcdefgh"], bytesTokenizer, 4);
    expect(rowsOf(Float32Array.from(tokens), 2)).toEqual([
      [...bytesTokenizer.encode("ab", 4)],
      [...bytesTokenizer.encode("abcdefgh", 4)],
    ]);
  });
});
