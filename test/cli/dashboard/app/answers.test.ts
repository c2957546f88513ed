/** @file What is kept of answers. */
import { expect, it } from "vitest";
import { type Answers, answerTo, ask, known, withAnswer } from "../../../../src/cli/dashboard/app/answers.js";
import { fitting } from "./session.js";

const at = (globalBatch: number) => ({ ...fitting, globalBatch });

it("is the newest of each kind", () => {
  const first = ask("largest", at(8));
  let answers: Answers = withAnswer(new Map(), first, { error: "none" });
  for (let batch = 1; batch <= 100; batch++)
    answers = withAnswer(answers, ask("step", at(batch)), { error: `${batch}` });
  expect(answerTo(answers, first)).toEqual({ error: "none" });
  expect(answerTo(answers, ask("step", at(100)))).toEqual({ error: "100" });
  expect(answerTo(answers, ask("step", at(1)))).toBeUndefined();
  expect(known(answers, ask("step", at(100)))).toBeUndefined();
  expect(answers.size).toBeLessThan(50);
});

it("is one for all batches where the batch does not matter", () => {
  const answers = withAnswer(new Map(), ask("largest", at(8)), { error: "none" });
  expect(answerTo(answers, ask("largest", at(16)))).toEqual({ error: "none" });
  expect(answerTo(answers, ask("prediction", at(8)))).toBeUndefined();
});

it("tells a run from a step", () => {
  const answers = withAnswer(new Map(), ask("prediction", at(8)), { error: "a step" });
  expect(answerTo(answers, ask("prediction", { ...at(8), recipe: "vit-s16-90ep" }))).toBeUndefined();
  expect(answerTo(answers, ask("prediction", at(8)))).toEqual({ error: "a step" });
});
