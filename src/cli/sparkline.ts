/** @file A curve in one line of text. */

const LEVELS = "▁▂▃▄▅▆▇█";

export interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * The curve of a quantity that keeps each value until the next point, in `width` characters from `at` 0 to `until`;
 * each shows the largest value of its share, on a scale from 0 to `top`.
 */
export function sparkline(points: readonly Point[], until: number, top: number, width: number): string {
  const largest = new Float64Array(width);
  points.forEach(({ at, value }, i) => {
    const end = points[i + 1]?.at ?? until;
    const cell = (time: number) => Math.min(width - 1, Math.floor((time / until) * width));
    for (let c = cell(at); c <= cell(end); c++) largest[c] = Math.max(largest[c]!, value);
  });
  return [...largest]
    .map((value) => LEVELS[Math.min(LEVELS.length - 1, Math.floor((value / top) * LEVELS.length))])
    .join("");
}
