/** @file "Did you mean": the nearest of a list of names. */
import { distance } from "fastest-levenshtein";
import { orList } from "./orList.js";

/** As many as a person reads. */
const MOST_NEAR = 3;
const MOST_KNOWN = 12;

/**
 * `did you mean vit-s16?`: the name that is a slip of the finger away, or those that what was given is a part of; where there are
 * none, the list.
 */
export function nearestName(given: string, known: readonly string[]): string {
  const ranked = [...known].sort((a, b) => distance(given, a) - distance(given, b));
  const [best] = ranked;
  if (best === undefined) return "there is none";
  const part = given.toLowerCase();
  const whole = ranked.filter((name) => part !== "" && name.toLowerCase().includes(part));
  if (whole.length > 0) return `did you mean ${orList(whole.slice(0, MOST_NEAR))}?`;
  // More than half the letters wrong is another word, not a slip of the finger.
  if (distance(given, best) <= Math.ceil(best.length / 2)) return `did you mean ${best}?`;
  const more = known.length - MOST_KNOWN;
  return `known: ${known.slice(0, MOST_KNOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
