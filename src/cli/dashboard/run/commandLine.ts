/** @file A line of text that is edited in place, and the arguments in it. */
import { UserError } from "../../../units/userError.js";
import type { Key } from "../key.js";

export interface CommandLine {
  readonly text: string;
  /** The place before which the next character goes. */
  readonly cursor: number;
}

export const lineOf = (text: string): CommandLine => ({ text, cursor: text.length });

/** Without the characters from one place to another. */
function cut({ text }: CommandLine, from: number, to: number): CommandLine {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

/** Where the word before the cursor begins. */
function wordBefore({ text, cursor }: CommandLine): number {
  return text.slice(0, cursor).search(/\S+\s*$/) === -1 ? 0 : text.slice(0, cursor).search(/\S+\s*$/);
}

/** With Ctrl, as shells have it. */
function controlled(line: CommandLine, letter: string): CommandLine {
  const { text, cursor } = line;
  switch (letter) {
    case "a":
      return { ...line, cursor: 0 };
    case "e":
      return { ...line, cursor: text.length };
    case "k":
      return cut(line, cursor, text.length);
    case "u":
      return cut(line, 0, cursor);
    case "w":
      return cut(line, wordBefore(line), cursor);
    default:
      return line;
  }
}

/** The line after a key; as it was after one that does nothing to it. */
export function lineAfter(line: CommandLine, { name, text: typed, ctrl }: Key): CommandLine {
  const { text, cursor } = line;
  switch (name) {
    case "text": {
      if (ctrl) return controlled(line, typed);
      // What is pasted may have line breaks.
      const inserted = typed.replace(/\s+/g, " ");
      return {
        text: text.slice(0, cursor) + inserted + text.slice(cursor),
        cursor: cursor + inserted.length,
      };
    }
    case "left":
      return { ...line, cursor: Math.max(0, cursor - 1) };
    case "right":
      return { ...line, cursor: Math.min(text.length, cursor + 1) };
    case "home":
      return { ...line, cursor: 0 };
    case "end":
      return { ...line, cursor: text.length };
    case "backspace":
      return cursor === 0 ? line : cut(line, cursor - 1, cursor);
    case "delete":
      return { ...cut(line, cursor, cursor + 1), cursor };
    default:
      return line;
  }
}

/** Quoted or not, up to the next space that is not quoted. */
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/**
 * The arguments of `willfit train` in a line, which may be a whole command.
 *
 * @throws UserError when a quote is not closed
 */
export function trainingArguments(text: string): readonly string[] {
  const words = text.match(WORD) ?? [];
  if (text.replace(WORD, "").trim() !== "") throw new UserError("a quote is not closed");
  const plain = words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  const [first, second, ...rest] = plain;
  if (first === "willfit" && second === "train") return rest;
  return first === "train" ? plain.slice(1) : plain;
}

/** The last value that an option is given, as `--out runs/a` or `--out=runs/a`. */
export function optionValue(words: readonly string[], option: string): string | undefined {
  const at = words.findLastIndex((word) => word === option || word.startsWith(`${option}=`));
  const word = words[at];
  return word === option ? words[at + 1] : word?.slice(option.length + 1);
}
