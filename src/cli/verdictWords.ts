/** @file Verdicts in words and colours. */
import type { Verdict } from "../../sim/prediction.js";
import type { Colors } from "./terminal.js";

/** In a cell of a table. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "does not fit",
};

/** In a sentence. */
export const verdictPhrases: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "fits because the compiler recomputes",
  "does-not-fit": "does not fit",
};

/** At a glance, without colours too. */
export const verdictMarks: Readonly<Record<Verdict, string>> = {
  fits: "✓",
  "fits-with-recompute": "!",
  "does-not-fit": "✗",
};

export function verdictColor(verdict: Verdict, colors: Colors): (text: string) => string {
  if (verdict === "fits") return colors.green;
  return verdict === "fits-with-recompute" ? colors.yellow : colors.red;
}
