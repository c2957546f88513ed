/** @file Text of others as it may go to a terminal: nothing in it moves the cursor, changes colours or turns what is said round. */

/** C0 and C1 controls, line and paragraph separators, and the characters that change the direction of text (UAX #9). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** As JavaScript and JSON write it. */
const escaped = (character: string) =>
  named[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The same text on one line, with its control characters written out: `\u001b[31m`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}
