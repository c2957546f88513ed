/** @file The roofline of a step: how much its fusions compute for each byte they move, and how fast, beside what the chip could. */

import { groupsBy } from "../src/groupsBy.js";
import type { Phase } from "../src/program/types.js";
import { placeOf } from "../src/stablehlo/opName.js";
import type { FusionKind } from "./fusion.js";
import { fusionCosts } from "./fusionCosts.js";
import { blocksTogether } from "./memoryReport.js";
import { peakFlopsPerSecond } from "./peakFlops.js";
import type { SimulatedStep } from "./simulatedStep.js";
import type { UnitTimes } from "./time.js";

/** Fusions that are equal: those of all blocks of a kind are one point. */
export interface RooflinePoint extends UnitTimes {
  /** With its phase: `forward/encoder/block*` and so on. */
  readonly place: string;
  readonly kind: FusionKind;
  readonly phase: Phase;
  /** Of one of them, as are bytes, seconds and what each unit is busy for. */
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly count: number;
}

/** Of one device. */
export interface Roofline {
  readonly peakFlopsPerSecond: number;
  readonly memoryBytesPerSecond: number;
  /** Most time, all of a point together, first. */
  readonly points: readonly RooflinePoint[];
}

/** The arithmetic intensity from which on the matrix units could be busy all the time. */
export function ridgeIntensity({
  peakFlopsPerSecond: peak,
  memoryBytesPerSecond,
}: Omit<Roofline, "points">): number {
  return peak / memoryBytesPerSecond;
}

/** Collectives are left out: what bounds them are the links between chips, which no roof of a chip shows. */
export function roofline({ simulation, chip }: SimulatedStep): Roofline {
  const all = fusionCosts(simulation)
    .filter(({ fusion }) => fusion.kind !== "collective")
    .map(({ fusion, time, bytes, flops }) => {
      const { kind, phase, root } = fusion;
      return { place: blocksTogether(placeOf(root)), kind, phase, flops, bytes, ...time };
    });
  const equal = groupsBy(all, (it) => Object.values(it).join());
  const points = equal.map((group): RooflinePoint => ({ ...group[0]!, count: group.length }));
  return {
    peakFlopsPerSecond: peakFlopsPerSecond(chip),
    memoryBytesPerSecond: chip.memoryBytesPerSecond.value,
    points: points.sort((a, b) => b.count * b.seconds - a.count * a.seconds),
  };
}
