/**
 * @file Limits: the largest batches that fit, as they are and with what the compiler recomputes.
 */
import type { Model } from "../src/models/model.js";
import { buildModel } from "../src/models/zoo.js";
import { hostMemory } from "../src/program/hostMemory.js";
import type { Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { type HardwareProfile, loadHardware } from "./hardware.js";
import type { Verdict } from "./prediction.js";
import { planFor, type Query } from "./query.js";
import { memoryOf, verdictOf } from "./simulate.js";

/** The search stops when the answer is known to this share: a finer answer would not be worth its predictions. */
const PRECISION = 1 / 64;

/** No one asks for more examples a device; beyond it the search would not end for a model of a few bytes. */
const MOST_PER_DEVICE = 1 << 24;

/** More than this times the capacity alive at a step, with nothing left to recompute, does not come to fit. */
const HOPELESS = 1.5;

function verdictFor(model: Model, plan: Plan, hardware: HardwareProfile): Verdict {
  const program = traceTrainingStep(model, plan);
  const capacity = hardware.usableMemoryBytes.value;
  if (hardware.kind === "host") return hostMemory(program).peakBytes > capacity ? "does-not-fit" : "fits";
  return verdictOf(memoryOf(program, hardware, HOPELESS * capacity), hardware);
}

/** The largest number up to `most` for which `fits` holds, to within `PRECISION`; 0 when it does not for 1. */
function largest(fits: (count: number) => boolean, guess: number, most: number): number {
  let [low, high] = [0, guess];
  while (fits(high)) {
    if (high >= most) return high;
    [low, high] = [high, Math.min(2 * high, most)];
  }
  while (low === 0 && high > 1) {
    const half = Math.floor(high / 2);
    if (fits(half)) low = half;
    else high = half;
  }
  while (high - low > Math.max(1, low * PRECISION)) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

export interface LargestBatches {
  /** With the compiler recomputing what it would. */
  readonly largestBatch: number;
  /** With nothing recomputed. */
  readonly largestBatchWithoutRecompute: number;
}

/**
 * The largest global batches that fit with the query's plan, multiples of the devices and their microbatches; 0 if none fits.
 */
export function largestBatches(query: Query): LargestBatches {
  const hardware = loadHardware(query.hardware);
  const model = buildModel(query.model, query.modelOptions);
  const plan = planFor(query, model, hardware.devices);
  const known = new Map<number, Verdict>();
  /** What the batch has to be a multiple of. */
  const parts = plan.devices * plan.microbatches;
  const verdict = (perPart: number): Verdict => {
    const found =
      known.get(perPart) ?? verdictFor(model, { ...plan, globalBatch: perPart * parts }, hardware);
    known.set(perPart, found);
    return found;
  };
  const asked = Math.max(1, Math.floor(plan.globalBatch / parts));
  const withRecompute = largest((count) => verdict(count) !== "does-not-fit", asked, MOST_PER_DEVICE);
  const without = largest((count) => verdict(count) === "fits", Math.max(1, withRecompute), withRecompute);
  return {
    largestBatch: withRecompute * parts,
    largestBatchWithoutRecompute: without * parts,
  };
}
