/** @file The arguments of a training run in a line. */
import { describe, expect, it } from "vitest";
import { optionValue, trainingArguments } from "../../../../src/cli/dashboard/run/trainingArguments.js";

describe("arguments", () => {
  it.each([
    ["vit-s16 --data  mnist ", ["vit-s16", "--data", "mnist"]],
    ["willfit train vit-s16", ["vit-s16"]],
    ["train vit-s16", ["vit-s16"]],
    [
      `x --augment "inception-crop|flip" --out 'my runs/a'`,
      ["x", "--augment", "inception-crop|flip", "--out", "my runs/a"],
    ],
    [`x --out=my" runs/"a ''`, ["x", "--out=my runs/a", ""]],
    ["", []],
  ])("%s", (text, words) => {
    expect(trainingArguments(text)).toEqual(words);
  });

  it("need their quotes closed", () => {
    expect(() => trainingArguments(`x --out "runs`)).toThrow("a quote is not closed");
    expect(() => trainingArguments("x's")).toThrow("a quote is not closed");
  });

  it("are found by their option, the last one that counts", () => {
    const words = ["x", "--out", "a", "--data=mnist", "--out", "b"];
    expect(optionValue(words, "--out")).toBe("b");
    expect(optionValue(words, "--data")).toBe("mnist");
    expect(optionValue(words, "--model")).toBeUndefined();
    expect(optionValue(["--out"], "--out")).toBeUndefined();
  });
});
