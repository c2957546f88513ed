/** @file The roofline of a step: how much its fusions compute for each byte they move, and how fast, beside what the chip could. */
import { groupsBy } from "../src/groupsBy.js";
import type { Phase } from "../src/program/types.js";
import { placeOf } from "../src/stablehlo/opName.js";
import type { FusionKind } from "./fusion.js";
import { arithmeticIntensity, type Bound, boundOf, fusionCosts } from "./fusionCosts.js";
import { blocksTogether } from "./memoryReport.js";
import { peakFlopsPerSecond } from "./peakFlops.js";
import type { SimulatedStep } from "./simulatedStep.js";

/** Fusions that are equal: those of all blocks of a kind are one point. */
export interface RooflinePoint {
  /** With its phase: `forward/encoder/block*` and so on. */
  readonly place: string;
  readonly kind: FusionKind;
  readonly phase: Phase;
  /** Of one of them, as are bytes and seconds. */
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly count: number;
  readonly bound: Bound;
}

/** Of one device. */
export interface Roofline {
  readonly peakFlopsPerSecond: number;
  readonly memoryBytesPerSecond: number;
  /** Most time, all of a point together, first. */
  readonly points: readonly RooflinePoint[];
}

/** What the chip could do. */
export type Roof = Omit<Roofline, "points">;

/** The arithmetic intensity from which on the matrix units could be busy all the time. */
export function ridgeIntensity({ peakFlopsPerSecond: peak, memoryBytesPerSecond }: Roof): number {
  return peak / memoryBytesPerSecond;
}

/** The most FLOP/s at an arithmetic intensity. */
export function roofAt(intensity: number, { peakFlopsPerSecond: peak, memoryBytesPerSecond }: Roof): number {
  return Math.min(peak, intensity * memoryBytesPerSecond);
}

/** Seconds that one of a point's fusions takes at least: its FLOPs at the peak, or its bytes at the memory's bandwidth. */
export function secondsAtRoof({ flops, bytes }: RooflinePoint, roof: Roof): number {
  return Math.max(flops / roof.peakFlopsPerSecond, bytes / roof.memoryBytesPerSecond);
}

/** Which part of the roof is above a point. */
export function roofAbove(point: RooflinePoint, roof: Roof): "memory" | "peak" {
  return arithmeticIntensity(point) < ridgeIntensity(roof) ? "memory" : "peak";
}

/** Collectives are left out: what bounds them are the links between chips, which no roof of a chip shows. */
export function roofline({ simulation, chip }: SimulatedStep): Roofline {
  const all = fusionCosts(simulation)
    .filter(({ fusion }) => fusion.kind !== "collective")
    .map((cost) => {
      const { fusion, time, bytes, flops } = cost;
      const { kind, phase, root } = fusion;
      const place = blocksTogether(placeOf(root));
      return { place, kind, phase, flops, bytes, seconds: time.seconds, bound: boundOf(cost) };
    });
  const equal = groupsBy(all, (it) => Object.values(it).join());
  const points = equal.map((group): RooflinePoint => ({ ...group[0]!, count: group.length }));
  return {
    peakFlopsPerSecond: peakFlopsPerSecond(chip),
    memoryBytesPerSecond: chip.memoryBytesPerSecond.value,
    points: points.sort((a, b) => b.count * b.seconds - a.count * a.seconds),
  };
}
