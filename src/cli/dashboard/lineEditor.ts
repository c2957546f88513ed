/** @file A line of text that is edited in place. */
import type { Key } from "./key.js";

export interface EditedLine {
  readonly text: string;
  /** The place before which the next character goes. */
  readonly cursor: number;
}

export const lineOf = (text: string): EditedLine => ({ text, cursor: text.length });

/** Without the characters from one place to another. */
function cut({ text }: EditedLine, from: number, to: number): EditedLine {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

/** Where the word before the cursor begins. */
function wordBefore({ text, cursor }: EditedLine): number {
  return Math.max(0, text.slice(0, cursor).search(/\S+\s*$/));
}

/** With Ctrl, as shells have it. */
function controlled(line: EditedLine, letter: string): EditedLine {
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
export function lineAfter(line: EditedLine, { name, text: typed, ctrl }: Key): EditedLine {
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
