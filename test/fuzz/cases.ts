/**
 * @file How many cases a property of malformed input is tried on: a fixed few in `npm test`, so that a failure there is a failure
 * everywhere, and as many as `npm run fuzz` asks for, others each time.
 */
import fc, { type Parameters } from "fast-check";
import { TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** What a property was tried on. */
    fuzzed?: { readonly cases: number; readonly seed: number };
  }
}

/** All properties together, in `npm run fuzz`; `npm run fuzz -- …` cannot say otherwise, WILLFIT_FUZZ_CASES can. */
const asked = process.env.WILLFIT_FUZZ_CASES;

/** The seed that a failure printed, to have its cases again. */
const askedSeed = process.env.WILLFIT_FUZZ_SEED;

/** Of `npm test`; any number would do. */
const SEED = 20_261_126;

/**
 * Parameters of `fc.assert`. What was tried is kept with the test, and `reporter.ts` counts it; a failure prints its seed and its
 * smallest counter-example.
 *
 * @param few cases in `npm test`
 * @param share of all cases in `npm run fuzz`, by what one case costs; the shares of all properties sum to at least 1
 */
export function cases<T>(few: number, share: number): Parameters<T> {
  const seed = askedSeed === undefined ? undefined : Number(askedSeed);
  return {
    ...(asked === undefined
      ? { numRuns: few, seed: seed ?? SEED }
      : { numRuns: Math.ceil(Number(asked) * share), ...(seed !== undefined && { seed }) }),
    reporter: (details) => {
      const test = TestRunner.getCurrentTest();
      if (test) test.meta.fuzzed = { cases: details.numRuns, seed: details.seed };
      if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
    },
  };
}
