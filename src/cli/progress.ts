/** @file A progress bar on standard error, where a person is looking. */
import { formatSeconds } from "../units/quantity.js";

export interface Progress {
  /** So many more are done. */
  readonly advance: (count: number) => void;
  readonly stop: () => void;
}

const silent: Progress = { advance: () => {}, stop: () => {} };

/**
 * @param of what is counted: `configurations`
 * @param done how many an earlier run has done
 */
export async function showProgress(total: number, of: string, done = 0): Promise<Progress> {
  if (process.stderr.isTTY !== true || process.env.TERM === "dumb") return silent;
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format: `{bar} {value}/{total} ${of}  {left} left`,
    stream: process.stderr,
    // Its own way to end listens to the first Ctrl-C, and does not end the program.
    gracefulExit: false,
    // Whatever ends the program, the cursor is there.
    hideCursor: false,
    clearOnComplete: true,
    barsize: 20,
  });
  bar.start(total, done, { left: "-" });
  const began = performance.now();
  let finished = 0;
  return {
    advance: (count) => {
      finished += count;
      const seconds = (performance.now() - began) / 1000;
      const left = (seconds / finished) * (total - done - finished);
      bar.increment(count, { left: formatSeconds(Math.round(left)) });
    },
    stop: () => bar.stop(),
  };
}
