/** @file What stands in for a module of worker threads: some of its tasks end the thread. */

/** @param {{ how: string }} task */
export function work({ how }) {
  if (how === "exits") process.exit(0);
  if (how === "throws") throw new TypeError("a bug");
  if (how === "grows") {
    const held = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  }
  return { answered: how };
}

/** As `sim/sweepTask.ts` has it. */
export const runTask = () => process.exit(1);

/** As `train/data/decode.ts` has it. @param {{ path: string }} task */
export function decodeImage({ path }) {
  if (path === "ends the thread") process.exit(1);
  return { bytes: new Uint8Array([1]) };
}

/** As `src/cli/dashboard/app/answer.ts` has it. @param {{ question: { model: string } }} asked */
export function answer({ question }) {
  if (question.model === "ends the thread") process.exit(1);
  return { error: `asked of ${question.model}` };
}
