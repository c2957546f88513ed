/** @file What ink tells of the keyboard, as keys. */
import type { Key as InkKey } from "ink";
import type { Key, KeyName } from "./key.js";

/** Control characters that come inside of text, where keys were pressed faster than they were read. */
const controls: Readonly<Record<string, KeyName>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\u007f": "backspace",
  "\u001b": "escape",
};

/** Ink's names of keys, and ours. */
const named = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["return", "enter"],
  ["escape", "escape"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  // Terminals send for the backspace key what ink calls delete: https://github.com/vadimdemedes/ink/issues/634
  ["delete", "backspace"],
  ["home", "home"],
  ["end", "end"],
  ["pageUp", "pageUp"],
  ["pageDown", "pageDown"],
] as const satisfies readonly (readonly [keyof InkKey, KeyName])[];

/** What terminals in raw mode send for Ctrl-C. */
export const CTRL_C = "\u0003";

function typed(character: string): readonly Key[] {
  if (character === CTRL_C) return [{ name: "text", text: "c", ctrl: true, shift: false }];
  const control = controls[character];
  if (control) return [{ name: control, text: "", ctrl: false, shift: false }];
  if (character < " ") return [];
  return [{ name: "text", text: character, ctrl: false, shift: false }];
}

/** One event of ink's `useInput`: one key, or all characters that came together. */
export function keysOf(input: string, key: InkKey): readonly Key[] {
  const { ctrl, shift } = key;
  const found = named.find(([name]) => key[name] === true);
  if (found) return [{ name: found[1], text: "", ctrl, shift }];
  if (ctrl) return input === "" ? [] : [{ name: "text", text: input, ctrl, shift }];
  // Alt with a letter is none of ours.
  return key.meta ? [] : Array.from(input).flatMap(typed);
}
