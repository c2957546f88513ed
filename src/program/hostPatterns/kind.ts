/** @file What a group of operations is told by: its pattern, what it reads and what it gives. */
import type { Match, Pattern } from "../pattern.js";
import type { Program } from "../types.js";

export interface GroupKind {
  readonly pattern: Pattern;
  /** By their names in the pattern; those that it does not have are left out. */
  readonly operands: readonly string[];
  readonly results: readonly string[];
  /** Operands whose memory is used anew. */
  readonly consumed?: readonly string[];
  /** What the pattern cannot say. */
  readonly accepts: (program: Program, match: Match) => boolean;
}

/** Of patterns that say it all. */
export const always = () => true;
