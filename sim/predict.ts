/**
 * @file A question in, a prediction out.
 */
import { flopCount, parameterCount } from "../src/models/count.js";
import type { Program } from "../src/program/types.js";
import type { Recipe } from "../src/recipes/recipes.js";
import { batchPerDevice } from "../src/transforms/plan.js";
import { UserError } from "../src/units/userError.js";
import { confidenceOf } from "./confidence.js";
import type { Fusion } from "./fusion.js";
import { type AcceleratorProfile, type HardwareProfile, loadHardware } from "./hardware.js";
import { predictHost } from "./host.js";
import { asMeasured, type Correction } from "./measured.js";
import { peakFlopsPerSecond } from "./peakFlops.js";
import type { MemoryPrediction, Prediction, TimePart, TimePrediction } from "./prediction.js";
import { type AnyQuery, trainingStepOf } from "./query.js";
import { predictRun, type RunPart } from "./run.js";
import { type Memory, type Simulation, simulate, verdictOf } from "./simulate.js";
import { sizedTrainingStepOf } from "./trainingSteps.js";

/** What else a prediction may be asked for. */
export interface PredictOptions {
  /** Predicts the whole run, too. */
  readonly recipe?: Recipe;
  /** Parts of the run to leave out. */
  readonly without?: ReadonlySet<RunPart>;
  /** Which of the profile's corrections are in force; all, unless what they were fitted to is to be predicted. */
  readonly corrections?: (correction: Correction) => boolean;
}

/**
 * Predicts memory and time of one training step.
 *
 * @throws UserError for an unknown model or hardware, or a batch that does not divide among the devices; for a run on the
 * host
 */
export function predict(query: AnyQuery, options: PredictOptions = {}): Prediction {
  return predictOn(loadHardware(query.hardware), query, options);
}

/** `predict` for a machine that need not be known by its name. */
export function predictOn(
  hardware: HardwareProfile,
  query: Omit<AnyQuery, "hardware">,
  { recipe, without, corrections }: PredictOptions = {},
): Prediction {
  // The host finds its groups by values of constants too, such as one over a batch's elements, which a family's programs share.
  const stepOf = hardware.kind === "host" ? trainingStepOf : sizedTrainingStepOf;
  const { model, plan, program } = stepOf(query, hardware.devices);
  const modelFlops = modelFlopCount(program);
  const perDevice = batchPerDevice(plan);
  const common = {
    model: model.name,
    hardware: hardware.name,
    devices: plan.devices,
    globalBatch: plan.globalBatch,
    batchPerDevice: perDevice,
    plan,
    params: parameterCount(program),
    flopsPerStep: flopCount(program) * plan.devices,
    modelFlopsPerExample: modelFlops / perDevice,
  };
  if (hardware.kind === "host") {
    if (plan.devices !== 1) throw new UserError(`--devices ${plan.devices}: ${hardware.name} is one device`);
    if (recipe)
      throw new UserError(`${hardware.name}: whole runs are predicted for accelerators; say one with --on`);
    return { ...common, ...predictHost(program, hardware, plan.globalBatch, modelFlops) };
  }
  const chip = asMeasured(hardware, corrections);
  const simulation = simulate(program, chip);
  checkExact(simulation.peak.peakBytes);
  const time = timePrediction(simulation, chip, plan.globalBatch, modelFlops);
  const of = { model, plan, program, chip };
  return {
    ...common,
    memory: memoryPrediction(simulation, chip),
    time,
    confidence: confidenceOf(model, plan, hardware),
    ...(recipe && { run: predictRun(recipe, of, time.stepSeconds, without) }),
  };
}

/** @throws UserError for so many bytes that they would be rounded without a word */
function checkExact(peakBytes: number): void {
  if (Number.isSafeInteger(peakBytes)) return;
  throw new UserError(
    "a device would need more than 8 PiB, the most that is counted exactly; make the batch or the model smaller",
  );
}

/** FLOPs of forward and backward on one device; the optimizer's and recomputation's are not the model's. */
function modelFlopCount(program: Program): number {
  return flopCount(program, ["forward", "backward"]);
}

/** Per device, with the compiler's recomputation. */
export function memoryPrediction(memory: Memory, chip: AcceleratorProfile): MemoryPrediction {
  const { peak, timeline } = memory;
  const capacityBytes = chip.usableMemoryBytes.value;
  const { peakBytes, tempBytes, parts } = peak;
  const verdict = verdictOf(memory, chip);
  return { verdict, peakBytes, capacityBytes, argumentBytes: timeline.argumentBytes, tempBytes, parts };
}

/** Names for the parts of a step, by what the time goes into. */
const partNames: Readonly<Record<string, string>> = {
  dot: "matrix products",
  convolution: "convolutions",
  copy: "layout copies",
  reshape: "layout copies",
  gather: "lookups and sorts",
  scatter: "lookups and sorts",
  sort: "lookups and sorts",
  collective: "collectives",
};

/** What the time of a fusion goes into. */
export function timePartOf({ kind, phase }: Pick<Fusion, "kind" | "phase">): string {
  return phase === "update" ? "optimizer" : (partNames[kind] ?? "elementwise and reductions");
}

/** The part of a step that the compiler spends on saving memory. */
export const RECOMPUTATION = "recomputation by the compiler";

function timePrediction(
  { program, times, recomputed }: Simulation,
  chip: AcceleratorProfile,
  globalBatch: number,
  modelFlops: number,
): TimePrediction {
  const parts = new Map<string, number>();
  const book = (name: string, seconds: number) => parts.set(name, (parts.get(name) ?? 0) + seconds);
  program.schedule.forEach(({ fusion }, i) => {
    book(recomputed.has(i) ? RECOMPUTATION : timePartOf(fusion), times[i]!.seconds);
  });
  const list: TimePart[] = [...parts].map(([name, seconds]) => ({ name, seconds }));
  const stepSeconds = list.reduce((total, { seconds }) => total + seconds, 0);
  return {
    stepSeconds,
    examplesPerSecond: globalBatch / stepSeconds,
    modelFlopsUtilization: modelFlops / (stepSeconds * peakFlopsPerSecond(chip)),
    parts: list.sort((a, b) => b.seconds - a.seconds),
  };
}
