/**
 * @file What operations are called in XLA's own reports (`op_name`), so that these can be read back.
 */
import type { Phase } from "../program/types.js";

/** An operation, or what the host runs for some of them. */
interface Named {
  readonly phase: Phase;
  readonly scope: string;
  readonly name: string;
}

/** Phase, scope and name, as in `forward/encoder/block3/attention/query/dotGeneral`. */
export function opName({ phase, scope, name }: Named): string {
  return scope === "" ? `${phase}/${name}` : `${phase}/${scope}/${name}`;
}

/**
 * `opName` without the operation's name: `forward/encoder/block3/attention/query`.
 *
 * @param of an operation, or the `op_name` that the compiler gave back; what it made up itself has none
 */
export function placeOf(of: Named | string): string {
  const name = typeof of === "string" ? of : opName(of);
  return name === "" ? "the compiler's own" : name.slice(0, Math.max(0, name.lastIndexOf("/"))) || name;
}

/** A name as of any block: what a network does a dozen times is one thing to look at. */
export const inAnyBlock = (name: string) => name.replaceAll(/\b(block|stage|level)\d+/g, "$1*");
