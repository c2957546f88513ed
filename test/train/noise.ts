/** @file Made-up numbers that need no state. */

/** Deterministic values in [−1, 1) that look random enough: the fractional part of a stretched sine. */
export function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const x = Math.sin(i * 12.9898 + seed * 78.233) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });
}
