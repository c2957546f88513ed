/**
 * @file How many cases a property of malformed input is tried on: a fixed few in `npm test`, so that a failure there is a failure
 * everywhere, and as many as `npm run fuzz` asks for, others each time.
 */
import type { Parameters } from "fast-check";

/** All properties together, in `npm run fuzz`; `npm run fuzz -- …` cannot say otherwise, WILLFIT_FUZZ_CASES can. */
const asked = process.env.WILLFIT_FUZZ_CASES;

/** Of `npm test`; any number would do. */
const SEED = 20_261_126;

/**
 * Parameters of `fc.assert`.
 *
 * @param few cases in `npm test`
 * @param share of all cases in `npm run fuzz`, by what one case costs; the shares of all properties sum to at least 1
 */
export function cases<T>(few: number, share: number): Parameters<T> {
  return asked === undefined
    ? { numRuns: few, seed: SEED }
    : { numRuns: Math.ceil(Number(asked) * share), verbose: true };
}
