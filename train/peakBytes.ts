/** @file The most that tfjs counts as alive while a program runs. */
import * as tf from "@tensorflow/tfjs-core";

export interface PeakWatch {
  /** To be called after each operation, while those of its operands are still there that it does not consume. */
  readonly onOperation: () => void;
  /** The most so far. */
  readonly peakBytes: () => number;
}

/**
 * Watches what the program itself holds. What a kernel allocates and frees by itself is not in it.
 *
 * @param othersBytes what is alive that is not the program's
 */
export function watchPeak(othersBytes: number): PeakWatch {
  let most = 0;
  return {
    onOperation: () => {
      most = Math.max(most, tf.memory().numBytes - othersBytes);
    },
    peakBytes: () => most,
  };
}
