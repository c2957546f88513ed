/**
 * @file Limits: the largest batch that fits.
 *
 * What a step needs is very nearly a straight line in the batch, so the search interpolates: a handful of
 * predictions instead of the dozen that halving an interval would take.
 */
import type { Model } from "../src/models/model.js";
import { buildModel } from "../src/models/zoo.js";
import { hostMemory } from "../src/program/hostMemory.js";
import type { Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { type HardwareProfile, loadHardware } from "./hardware.js";
import { planFor, type Query } from "./query.js";
import { memoryOf } from "./simulate.js";

/** The search stops when the answer is known to this share: a finer answer would not be worth its predictions. */
const PRECISION = 1 / 128;

/** No one asks for more examples a device; beyond it the search would not end for a model of a few bytes. */
const MOST_PER_DEVICE = 1 << 24;

/** Bytes that a step needs on one device, after the compiler has recomputed what it would. */
function leastBytes(model: Model, plan: Plan, hardware: HardwareProfile): number {
  const program = traceTrainingStep(model, plan);
  return hardware.kind === "host"
    ? hostMemory(program).peakBytes
    : memoryOf(program, hardware).peak.peakBytes;
}

interface Point {
  readonly perDevice: number;
  readonly bytes: number;
}

/** Where the line through two points reaches `bytes`. */
function interpolate(a: Point, b: Point, bytes: number): number {
  const slope = (b.bytes - a.bytes) / (b.perDevice - a.perDevice);
  return slope > 0 ? a.perDevice + (bytes - a.bytes) / slope : MOST_PER_DEVICE;
}

/**
 * The largest global batch that fits with the query's plan, a multiple of the number of devices, to within
 * 1/128 of itself; 0 when not even one example a device fits.
 */
export function largestBatch(query: Query): number {
  const hardware = loadHardware(query.hardware);
  const model = buildModel(query.model, query.modelOptions);
  const plan = planFor(query, model, hardware.devices);
  const capacity = hardware.usableMemoryBytes.value;
  const measure = (perDevice: number): Point => ({
    perDevice,
    bytes: leastBytes(model, { ...plan, globalBatch: perDevice * plan.devices }, hardware),
  });

  let low = measure(1);
  if (low.bytes > capacity) return 0;
  let high = measure(Math.max(2, Math.floor(plan.globalBatch / plan.devices)));
  while (high.bytes <= capacity) {
    if (high.perDevice >= MOST_PER_DEVICE) return high.perDevice * plan.devices;
    const beyond = interpolate(low, high, capacity) * (1 + PRECISION);
    low = high;
    high = measure(Math.min(Math.max(Math.ceil(beyond), low.perDevice + 1), MOST_PER_DEVICE));
  }
  let side: "below" | "above" = "below";
  const width = () => Math.max(1, Math.floor(low.perDevice * PRECISION));
  while (high.perDevice - low.perDevice > width()) {
    // Aim alternately a little below and a little above the limit, so that both ends of the interval close in.
    const limit = interpolate(low, high, capacity) + (side === "below" ? -0.4 : 0.4) * width();
    const next = measure(Math.min(Math.max(Math.round(limit), low.perDevice + 1), high.perDevice - 1));
    if (next.bytes <= capacity) low = next;
    else high = next;
    side = next.bytes <= capacity ? "above" : "below";
  }
  return low.perDevice * plan.devices;
}
