/** @file Verdicts in a cell of a table. */
import type { Verdict } from "../../sim/prediction.js";

export const verdictWords: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "does not fit",
};
