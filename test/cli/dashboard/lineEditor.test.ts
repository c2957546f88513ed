/** @file A line that is edited. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Key } from "../../../src/cli/dashboard/key.js";
import { type EditedLine, lineAfter, lineOf } from "../../../src/cli/dashboard/lineEditor.js";
import { key, typed } from "./keys.js";

const press = (line: EditedLine, ...keys: readonly Key[]) => keys.reduce(lineAfter, line);
const at = (text: string): EditedLine => ({ text: text.replace("|", ""), cursor: text.indexOf("|") });
const shown = ({ text, cursor }: EditedLine) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;
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
