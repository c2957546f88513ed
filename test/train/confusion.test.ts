/** @file What a classifier got right, and what it took for what. */
import { expect, it } from "vitest";
import { mostConfused, tallyOf } from "../../train/confusion.js";

/** Logits that put the classes in this order. */
function ranked(order: readonly number[], classes: number): number[] {
  const logits = new Array<number>(classes).fill(-100);
  order.forEach((label, place) => {
    logits[label] = -place;
  });
  return logits;
}

it("counts the first and the first five", () => {
  const tally = tallyOf(10);
  const order = [4, 9, 7, 1, 0, 2];
  for (const label of order) tally.add(ranked(order, 10), label);
  expect(tally.evaluation()).toMatchObject({ accuracy: 1 / 6, top5: 5 / 6, examples: 6 });
});

it("has no first five of five classes", () => {
  const tally = tallyOf(5);
  tally.add([1, 2, 3, 4, 5], 4);
  expect(tally.evaluation()).toMatchObject({ accuracy: 1, examples: 1 });
  expect(tally.evaluation()).not.toHaveProperty("top5");
});

it("takes the lower of equal classes, and nothing of what is not a number", () => {
  const tally = tallyOf(6);
  tally.add([1, 1, 0, 0, 0, 0], 0);
  tally.add([1, 1, 0, 0, 0, 0], 1);
  expect(tally.evaluation()).toMatchObject({ accuracy: 1 / 2, top5: 1 });
  const diverged = tallyOf(6);
  for (let label = 0; label < 6; label++) diverged.add(new Array(6).fill(Number.NaN), label);
  expect(diverged.evaluation()).toMatchObject({ accuracy: 0, top5: 0 });
});

it("names the pairs most often confused", () => {
  const tally = tallyOf(3);
  const answers = [
    [0, 0],
    [0, 1],
    [1, 2],
    [1, 2],
    [1, 1],
    [2, 0],
  ] as const;
  for (const [label, predicted] of answers) tally.add(ranked([predicted], 3), label);
  const { confusion } = tally.evaluation();
  expect(confusion).toEqual([
    [1, 1, 0],
    [0, 1, 2],
    [1, 0, 0],
  ]);
  expect(mostConfused(confusion!, 2)).toEqual([
    { label: 1, predicted: 2, count: 2, of: 3 },
    { label: 0, predicted: 1, count: 1, of: 2 },
  ]);
});
