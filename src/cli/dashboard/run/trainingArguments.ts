/** @file The arguments of `willfit train` in a line of text. */
import { UserError } from "../../../units/userError.js";

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
