/**
 * @file Collectives on the slice's links: a mesh of chips, or a torus where the ends are joined. Devices of one chip share its
 * links.
 */
import { byteSize, type Operation, type Program, type ValueId } from "../src/program/types.js";
import type { AcceleratorProfile } from "./hardware.js";
import type { ScheduledFusion } from "./layout.js";
import { sumsWhole } from "./wholeSums.js";

/** The slice of a number of chips: as near to a square or a cube as it gets, shortest side first. */
export function sliceSides(chips: number, dimensions: number): readonly number[] {
  const sides = new Array<number>(dimensions).fill(1);
  for (const factor of primeFactors(chips)) {
    sides.sort((a, b) => a - b);
    sides[0]! *= factor;
  }
  return sides.sort((a, b) => a - b);
}

/** Largest first. */
function primeFactors(n: number): readonly number[] {
  const factors: number[] = [];
  let rest = n;
  for (let p = 2; p * p <= rest; p++) {
    for (; rest % p === 0; rest /= p) factors.unshift(p);
  }
  return rest > 1 ? [rest, ...factors] : factors;
}

/** What a slice offers a collective. */
export interface Slice {
  readonly chips: number;
  /** Links of a chip that work at once, each in one direction: one a side, two where the side is closed to a ring. */
  readonly links: number;
  /** Neighbour exchanges one after another until every chip has heard of every other. */
  readonly hops: number;
}

/** The slice that `devices` devices make. */
export function sliceOf(devices: number, { devicesPerChip, interconnect }: AcceleratorProfile): Slice {
  const chips = Math.ceil(devices / devicesPerChip.value);
  const isTorus = chips >= interconnect.torusFromChips.value;
  const sides = sliceSides(chips, interconnect.dimensions.value).filter((side) => side > 1);
  const sum = (count: (side: number) => number) => sides.reduce((total, side) => total + count(side), 0);
  return {
    chips,
    links: sum(() => (isTorus ? 2 : 1)),
    hops: sum((side) => (isTorus ? Math.ceil(side / 2) : side - 1)),
  };
}

/** What each chip's links carry, all together. */
interface Traffic {
  readonly bytes: number;
  readonly links: number;
  readonly hops: number;
}

/**
 * An all-reduce moves 2(n−1)/n of its operand through every chip (Patarasuk and Yuan 2009), in as many parts as there are
 * directions to start in; all-gather and reduce-scatter are half of one; a permute sends the operand to one neighbour.
 */
function trafficOf(
  program: Program,
  operation: Operation,
  { chips, links, hops }: Slice,
  isSummedWhole: boolean,
): Traffic {
  const operand = byteSize(program.types[operation.operands[0]!]!);
  const result = byteSize(program.types[operation.results[0]!]!);
  const share = (chips - 1) / chips;
  const allReduced = { bytes: 2 * share * operand, links, hops: 2 * hops };
  switch (operation.name) {
    case "allReduce":
      return allReduced;
    case "allGather":
      return { bytes: share * result, links, hops };
    case "reduceScatter":
      return isSummedWhole ? allReduced : { bytes: share * operand, links, hops };
    case "collectivePermute":
      return { bytes: operand, links: 1, hops: 1 };
    default:
      throw new Error(`${operation.name} is not a collective`);
  }
}

/**
 * Seconds of one collective.
 *
 * @param isFirst of those that the compiler combines to one: it is the one that everybody waits for
 */
export function collectiveSeconds(
  program: Program,
  operation: Operation,
  chip: AcceleratorProfile,
  isFirst: boolean,
): number {
  const slice = sliceOf(program.replicas, chip);
  if (slice.chips <= 1) return 0;
  const { linkBytesPerSecond, hopSeconds, launchSeconds } = chip.interconnect;
  const { bytes, links, hops } = trafficOf(program, operation, slice, sumsWhole(chip));
  const waiting = isFirst ? launchSeconds.value + hops * hopSeconds.value : 0;
  return waiting + bytes / (links * linkBytesPerSecond.value);
}

/** The most that libtpu puts into one: BoTNet-T7's gradients go in three, of 125, 109 and 68 MB. */
const LARGEST_COMBINED_BYTES = 128e6;

/**
 * Which steps of a schedule are collectives that start anew. Those that come after it, and after nothing that has to wait for
 * it, are combined with it: the gradients at the end of the step, or a batch normalisation's two statistics.
 */
export function startingCollectives(
  program: Program,
  schedule: readonly ScheduledFusion[],
): ReadonlySet<number> {
  const starting = new Set<number>();
  let bytes = 0;
  let name: string | undefined;
  let waitedFor = new Set<ValueId>();
  schedule.forEach(({ fusion }, step) => {
    if (fusion.kind !== "collective") {
      if (fusion.reads.some((value) => waitedFor.has(value))) name = undefined;
      return;
    }
    const { root } = fusion;
    const size = byteSize(program.types[root.operands[0]!]!);
    if (root.name !== name || bytes + size > LARGEST_COMBINED_BYTES) {
      starting.add(step);
      [bytes, name, waitedFor] = [0, root.name, new Set()];
    }
    bytes += size;
    for (const value of fusion.writes) waitedFor.add(value);
  });
  return starting;
}
