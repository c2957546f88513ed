/**
 * @file Sharding of weights over the devices that share a batch: fully sharded data parallel (ZeRO stage 3, arXiv 1910.02054;
 * arXiv 2304.11277). Each device holds a part of a weight, and with it of its gradient and its optimizer state.
 */
import { allGather } from "../ops/collective.js";
import type { Sharding, Tensor, Trace } from "../program/trace.js";
import { elementCount, type Shard } from "../program/types.js";
import type { Plan } from "./plan.js";

/**
 * Weights of fewer elements stay whole on every device: gathering them would be waiting, not sending, and they save nothing.
 * DeepSpeed's default (`stage3_param_persistence_threshold`); it leaves out biases, norms and ViT's position embeddings.
 */
const LEAST_SHARDED_ELEMENTS = 1e5;

/**
 * A part whose sharded dimension is a multiple of this needs no padding there: a TPU stores rows in tiles of 8 (T(8,128)), and a
 * GPU's matrix unit reads 8 bf16 elements at a time (16 bytes).
 */
const ALIGNED_SIZE = 8;

/**
 * The largest dimension that divides among the devices into aligned parts; where there is none, the largest that divides at all;
 * undefined where none does. Of equally large ones the first: its parts are contiguous.
 */
export function shardedDimension(shape: readonly number[], devices: number): number | undefined {
  const largest = (multiple: number) =>
    shape.reduce<number | undefined>(
      (best, size, d) => (size % multiple === 0 && size > (best === undefined ? 0 : shape[best]!) ? d : best),
      undefined,
    );
  return largest(devices * ALIGNED_SIZE) ?? largest(devices);
}

/** Every weight of at least `leastElements` in parts, wherever it divides. */
export function fullySharded(devices: number, leastElements = LEAST_SHARDED_ELEMENTS): Sharding {
  const shardOf = (shape: readonly number[]): Shard | undefined => {
    if (devices === 1 || elementCount(shape) < leastElements) return undefined;
    const dimension = shardedDimension(shape, devices);
    return dimension === undefined ? undefined : { dimension, replicas: devices };
  };
  return { shardOf, gather: (part, { dimension }) => allGather(part, dimension) };
}

/** What a plan says of weights; undefined when every device holds all of them. */
export function shardingOf({ shard, devices }: Plan): Sharding | undefined {
  return shard === "fsdp" ? fullySharded(devices) : undefined;
}

/** This device's parts of weights, trained and frozen, that have been declared so far. */
export function weightShards(trace: Trace): readonly Tensor[] {
  return trace.inputs
    .filter(({ role, shard }) => shard && (role === "parameter" || role === "frozen"))
    .map(({ value }) => trace.tensor(value));
}
