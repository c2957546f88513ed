/** @file A part of the page that says what the figures rest on. */
import type { Colors } from "../../terminal.js";

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What lines are written with. */
export interface Style {
  readonly colors: Colors;
  readonly width: number;
}

/** Lines of text that go on in the next one at a space. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The same, dim: what is said about figures rather than by them. */
export const remarks = (text: string, { colors, width }: Style): readonly string[] =>
  wrapped(text, width).map((line) => colors.dim(line));
