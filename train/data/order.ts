/**
 * @file The order in which examples are seen: a permutation of each epoch that depends on nothing but the seed
 * and the epoch, so that a resumed run sees what it would have seen.
 */
import seedrandom from "seedrandom";

/** A permutation of 0 … count−1 (Fisher and Yates). */
export function epochOrder(count: number, seed: number, epoch: number): Int32Array {
  const random = seedrandom(`order ${seed} ${epoch}`);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
