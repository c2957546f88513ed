/** @file What the roofline of a step comes to: how near each fusion is to its roof, and what would be left at the roof. */
import { arithmeticIntensity } from "../../../../sim/fusionCosts.js";
import { type Roofline, type RooflinePoint, ridgeIntensity } from "../../../../sim/roofline.js";
import type { StepReport } from "../../../../sim/stepReport.js";
import type { UnitTimes } from "../../../../sim/time.js";

/** Seconds that a fusion takes at least: as long as its FLOPs at the chip's peak or its bytes at the memory's bandwidth. */
export function secondsAtRoof({ flops, bytes }: RooflinePoint, roof: Roofline): number {
  return Math.max(flops / roof.peakFlopsPerSecond, bytes / roof.memoryBytesPerSecond);
}

/** Which part of the roof is above a fusion. */
export function roofAbove(point: RooflinePoint, roof: Roofline): "memory" | "peak" {
  return arithmeticIntensity(point) < ridgeIntensity(roof) ? "memory" : "peak";
}

/** The most that the chip computes at an intensity. */
export const roofAt = (intensity: number, roof: Roofline) =>
  Math.min(roof.peakFlopsPerSecond, intensity * roof.memoryBytesPerSecond);

const unitNames = {
  matrix: "the matrix unit",
  vector: "the vector unit",
  memory: "memory",
} as const satisfies Readonly<Record<keyof UnitTimes, string>>;

/** The unit that is busy longest; for little of the time where a table is looked up row by row. */
export function busiestUnit(point: RooflinePoint): { readonly name: string; readonly share: number } {
  const units = ["matrix", "vector", "memory"] as const;
  const busiest = units.reduce((a, b) => (point[b] > point[a] ? b : a));
  return { name: unitNames[busiest], share: point[busiest] / point.seconds };
}

/** Seconds of the step. */
export interface StepTimes {
  readonly predicted: number;
  /** If every fusion ran at its roof, and the collectives, which have none, as they do. */
  readonly atRoof: number;
}

const total = (points: readonly RooflinePoint[], seconds: (point: RooflinePoint) => number) =>
  points.reduce((sum, point) => sum + point.count * seconds(point), 0);

export function stepTimesOf({ scopes, roofline }: StepReport): StepTimes {
  const { points } = roofline;
  const collectives = scopes.seconds - total(points, ({ seconds }) => seconds);
  const atRoof = collectives + total(points, (point) => secondsAtRoof(point, roofline));
  return { predicted: scopes.seconds, atRoof };
}

/** The kinds that there are, those that take most time first. */
export function kindsOf({ points }: Roofline): readonly RooflinePoint["kind"][] {
  const seconds = new Map<RooflinePoint["kind"], number>();
  for (const point of points)
    seconds.set(point.kind, (seconds.get(point.kind) ?? 0) + point.count * point.seconds);
  return [...seconds].sort((a, b) => b[1] - a[1]).map(([kind]) => kind);
}
