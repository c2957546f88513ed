/** @file How far apart two results are. */

/**
 * |a − b| / |b| as vectors; of parameters that have hardly left zero, |a − b| in thousandths: a shift of all logits leaves keys'
 * biases with no gradient but rounding.
 */
export function relativeDifference(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((total, value) => total + value * value, 0));
  return norm(a.map((value, i) => value - b[i]!)) / Math.max(norm(b), 1e-3);
}
