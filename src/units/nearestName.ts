/** @file "Did you mean": the nearest of a list of names. */
import { distance } from "fastest-levenshtein";

/** `did you mean vit-s16?`, or the whole list when nothing is near. */
export function nearestName(given: string, known: readonly string[]): string {
  const ranked = [...known].sort((a, b) => distance(given, a) - distance(given, b));
  const [best] = ranked;
  if (best === undefined) return "there is none";
  // More than half the letters wrong is another word, not a slip of the finger.
  return distance(given, best) <= Math.ceil(best.length / 2)
    ? `did you mean ${best}?`
    : `known: ${known.join(", ")}`;
}
