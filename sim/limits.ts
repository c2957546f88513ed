/**
 * @file Limits: the largest batch that fits.
 */
import type { Model } from "../src/models/model.js";
import { buildModel } from "../src/models/zoo.js";
import { hostMemory } from "../src/program/hostMemory.js";
import type { Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { type HardwareProfile, loadHardware } from "./hardware.js";
import { planFor, type Query } from "./predict.js";
import { memoryOf } from "./simulate.js";

/** The search stops when the answer is known to this share: a finer answer would not be worth its predictions. */
const PRECISION = 1 / 128;

/** No one asks for more examples a device; beyond it the search would not end for a model of a few bytes. */
const MOST_PER_DEVICE = 1 << 24;

/** Whether one step of the plan fits, recomputation by the compiler allowed. */
function fitsWith(model: Model, plan: Plan, hardware: HardwareProfile): boolean {
  const program = traceTrainingStep(model, plan);
  const capacity = hardware.usableMemoryBytes.value;
  return hardware.kind === "host"
    ? hostMemory(program).peakBytes <= capacity
    : memoryOf(program, hardware).compiled.peak.peakBytes <= capacity;
}

/**
 * The largest global batch that fits with the query's plan, a multiple of the number of devices, to within
 * 1/128 of itself; 0 when not even one example a device fits.
 *
 * @param known whether the query's own batch fits, to start from
 */
export function largestBatch(query: Query, known: boolean): number {
  const hardware = loadHardware(query.hardware);
  const model = buildModel(query.model, query.modelOptions);
  const plan = planFor(query, model, hardware.devices);
  const fits = (perDevice: number) =>
    fitsWith(model, { ...plan, globalBatch: perDevice * plan.devices }, hardware);

  // Double or halve from the question's batch until the limit is between two powers of it.
  let low = Math.floor(plan.globalBatch / plan.devices);
  let high = low;
  if (known) {
    for (high = low * 2; high <= MOST_PER_DEVICE && fits(high); high *= 2) low = high;
  } else {
    for (low = Math.floor(high / 2); low > 0 && !fits(low); low = Math.floor(low / 2)) high = low;
    if (low === 0) return 0;
  }
  while (high - low > Math.max(1, Math.floor(low * PRECISION))) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low * plan.devices;
}
