/**
 * @file The Pareto frontier of memory and speed: the configurations that no other one beats.
 */

/** What is compared: the less memory and the more examples a second, the better. */
export interface Candidate {
  readonly peakBytes: number;
  readonly examplesPerSecond: number;
}

/**
 * Whether each candidate is on the frontier: no other one has at least as many examples a second and at most its peak memory,
 * one of them better. Equal candidates are all on it.
 */
export function onFrontier(candidates: readonly Candidate[]): readonly boolean[] {
  const order = candidates
    .map((candidate, index) => ({ ...candidate, index }))
    .sort((a, b) => a.peakBytes - b.peakBytes || b.examplesPerSecond - a.examplesPerSecond);
  const on = new Array<boolean>(candidates.length).fill(false);
  let best: Candidate | undefined;
  for (const candidate of order) {
    const { peakBytes, examplesPerSecond, index } = candidate;
    const isEqual = best?.peakBytes === peakBytes && best.examplesPerSecond === examplesPerSecond;
    if (best && examplesPerSecond <= best.examplesPerSecond && !isEqual) continue;
    on[index] = true;
    best = candidate;
  }
  return on;
}
