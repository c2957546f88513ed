/** @file A line that is edited, and the arguments in it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Key } from "../../../../src/cli/dashboard/key.js";
import {
  type CommandLine,
  lineAfter,
  lineOf,
  optionValue,
  trainingArguments,
} from "../../../../src/cli/dashboard/run/commandLine.js";
import { key, typed } from "./keys.js";

const press = (line: CommandLine, ...keys: readonly Key[]) => keys.reduce(lineAfter, line);
const at = (text: string): CommandLine => ({ text: text.replace("|", ""), cursor: text.indexOf("|") });
const shown = ({ text, cursor }: CommandLine) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;
const ctrl = (letter: string): Key => ({ ...typed(letter), ctrl: true });

describe("a line", () => {
  it.each<readonly [before: string, key: Key, after: string]>([
    ["ab|", typed("c"), "abc|"],
    ["a|b", typed(" x y"), "a x y|b"],
    ["a|b", typed("x\r\n  y"), "ax y|b"],
    ["a|b", key("left"), "|ab"],
    ["|ab", key("left"), "|ab"],
    ["a|b", key("right"), "ab|"],
    ["ab|", key("right"), "ab|"],
    ["a|b", key("home"), "|ab"],
    ["a|b", key("end"), "ab|"],
    ["ab|c", key("backspace"), "a|c"],
    ["|ab", key("backspace"), "|ab"],
    ["a|bc", key("delete"), "a|c"],
    ["ab|", key("delete"), "ab|"],
    ["one two  |three", ctrl("w"), "one |three"],
    ["  |x", ctrl("w"), "|x"],
    ["one| two", ctrl("u"), "| two"],
    ["one| two", ctrl("k"), "one|"],
    ["one| two", ctrl("a"), "|one two"],
    ["one| two", ctrl("e"), "one two|"],
    ["one| two", ctrl("x"), "one| two"],
    ["one| two", key("up"), "one| two"],
  ])("%j", (before, pressed, after) => {
    expect(shown(press(at(before), pressed))).toBe(after);
  });

  it("keeps its cursor within it, whatever is pressed", () => {
    const keys = fc.oneof(
      fc.constantFrom(
        ...(["left", "right", "home", "end", "backspace", "delete", "up", "tab"] as const).map(key),
      ),
      fc.constantFrom("a", "e", "k", "u", "w").map(ctrl),
      fc.string().map(typed),
    );
    fc.assert(
      fc.property(fc.string(), fc.array(keys, { maxLength: 30 }), (text, pressed) => {
        const { text: after, cursor } = press(lineOf(text), ...pressed);
        expect(cursor).toBeGreaterThanOrEqual(0);
        expect(cursor).toBeLessThanOrEqual(after.length);
      }),
    );
  });
});

describe("its arguments", () => {
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
