/**
 * @file Collectives on the slice's links. Each is a ring over the chips; devices of one chip share its links.
 */
import { byteSize, type Operation, type Program } from "../src/program/types.js";
import type { TpuProfile } from "./hardware.js";

/** Gradients smaller than this are combined into one all-reduce; XLA's combiner gathers up to tens of MB. */
const COMBINED_BELOW_BYTES = 1 << 20;

/** Parts of the operand that each link carries, and neighbour exchanges one after another. */
interface RingTraffic {
  readonly bytes: number;
  readonly hops: number;
}

/**
 * A ring all-reduce moves 2(n−1)/n of its operand over every link (Patarasuk and Yuan 2009); all-gather and
 * reduce-scatter are half of one; a permute sends the operand once.
 */
function ringTraffic(program: Program, operation: Operation, chips: number): RingTraffic {
  const operand = byteSize(program.types[operation.operands[0]!]!);
  const result = byteSize(program.types[operation.results[0]!]!);
  const share = (chips - 1) / chips;
  switch (operation.name) {
    case "allReduce":
      return { bytes: 2 * share * operand, hops: 2 * (chips - 1) };
    case "allGather":
      return { bytes: share * result, hops: chips - 1 };
    case "reduceScatter":
      return { bytes: share * operand, hops: chips - 1 };
    case "collectivePermute":
      return { bytes: operand, hops: 1 };
    default:
      throw new Error(`${operation.name} is not a collective`);
  }
}

/**
 * Seconds of one collective. Latency is counted for operands large enough to travel on their own; the compiler
 * combines the many small all-reduces of a step.
 */
export function collectiveSeconds(program: Program, operation: Operation, chip: TpuProfile): number {
  const chips = Math.ceil(program.replicas / chip.devicesPerChip.value);
  if (chips <= 1) return 0;
  const { bytes, hops } = ringTraffic(program, operation, chips);
  const { linkBytesPerSecond, ringLinks, hopSeconds } = chip.interconnect;
  const bandwidth = linkBytesPerSecond.value * ringLinks.value;
  return bytes / bandwidth + (bytes > COMBINED_BELOW_BYTES ? hops * hopSeconds.value : 0);
}
