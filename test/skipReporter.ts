/** @file Says at the end of a test run what was skipped and why, with a count: a silent skip looks like a pass. */
import type { Reporter } from "vitest/node";

export const skipReporter: Reporter = {
  onTestRunEnd(modules) {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const result = test.result();
        const reason = (result.state === "skipped" && result.note) || "no reason given";
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, count] of counts) console.log(`skipped ${count}: ${reason}`);
  },
};
