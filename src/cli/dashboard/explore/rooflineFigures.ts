/** @file What the roofline of a step comes to: the time at the roof, and the kinds of its fusions. */
import { type Roofline, type RooflinePoint, secondsAtRoof } from "../../../../sim/roofline.js";
import type { StepReport } from "../../../../sim/stepReport.js";

/** Seconds of the step. */
export interface StepTimes {
  readonly predicted: number;
  /** If every fusion ran at its roof, and the collectives, which have none, as they do. */
  readonly atRoof: number;
}

const total = (points: readonly RooflinePoint[], seconds: (point: RooflinePoint) => number) =>
  points.reduce((sum, point) => sum + point.count * seconds(point), 0);

export function stepTimesOf({ scopes, roofline }: Pick<StepReport, "scopes" | "roofline">): StepTimes {
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
