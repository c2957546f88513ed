/** @file Says at the end of `npm run fuzz` what each property was tried on, and all of them together. */
import type { Reporter } from "vitest/node";

export const fuzzReporter: Reporter = {
  onTestRunEnd(modules) {
    // In `npm test` the numbers never change.
    if (process.env.WILLFIT_FUZZ_CASES === undefined) return;
    let total = 0;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { fuzzed } = test.meta();
        if (fuzzed === undefined) continue;
        total += fuzzed.cases;
        const count = fuzzed.cases.toLocaleString("en-US").padStart(9);
        console.log(`${count} cases  seed ${fuzzed.seed}  ${test.fullName}`);
      }
    }
    console.log(`${total.toLocaleString("en-US").padStart(9)} cases in all`);
  },
};
