/**
 * @file One step predicted, run and compared. Here and not in `sim` or `train`, which know nothing of each other: both get the
 * very same program.
 */
import type { HostProfile } from "../../sim/hardware.js";
import { hostStepSeconds } from "../../sim/host.js";
import { trainingStepOf } from "../../sim/query.js";
import { measureStep, type OperationTime, type StepMeasurement } from "../../train/measureStep.js";
import { flopCount, multiplyAddCount, parameterCount } from "../models/count.js";
import type { ModelOptions } from "../models/options.js";
import { type HostProgram, hostMemory, hostProgram } from "../program/hostMemory.js";
import type { Program } from "../program/types.js";
import { placeOf } from "../stablehlo/opName.js";
import type { Plan } from "../transforms/plan.js";
import type { CrosscheckCase } from "./crosscheckCases.js";

export interface PredictedStep {
  readonly stepSeconds: number;
  readonly peakBytes: number;
  readonly params: number;
  /** All of the step's, as XLA counts: without the padding's. */
  readonly flops: number;
  /** Of matrix products and convolutions, the padding's included. */
  readonly multiplyAdds: number;
}

/** Seconds on both sides. */
export interface BothSeconds {
  readonly predictedSeconds: number;
  readonly measuredSeconds: number;
}

/** What has one place in the model, such as `forward/vit/encoder/block3/attention/query`. */
export interface PlaceSeconds extends BothSeconds {
  readonly place: string;
}

/** What goes by one name: an operation of the program's, or a group of them. */
export interface NameSeconds extends BothSeconds {
  readonly name: string;
  readonly count: number;
}

export interface CrosscheckRow {
  readonly model: string;
  readonly modelOptions: ModelOptions;
  readonly globalBatch: number;
  readonly plan: Plan;
  readonly predicted: PredictedStep;
  readonly measured: Omit<StepMeasurement, "operations">;
  /** Predicted over measured, less one. */
  readonly timeError: number;
  /** Largest disagreement first, if asked for. */
  readonly places?: readonly PlaceSeconds[];
  readonly operations?: readonly NameSeconds[];
}

export interface CrosscheckOptions {
  readonly host: HostProfile;
  /** Whether the backend runs groups of operations; see `hostProgram`. */
  readonly grouped: boolean;
  readonly perOp: boolean;
  readonly leastSteps?: number;
  readonly signal?: AbortSignal;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function predictStep(program: Program, run: HostProgram, seconds: readonly number[]): PredictedStep {
  return {
    stepSeconds: sum(seconds),
    peakBytes: hostMemory(program, run).peakBytes,
    params: parameterCount(program),
    flops: flopCount(program),
    multiplyAdds: multiplyAddCount(program),
  };
}

/** Both sides' seconds of what the host runs, added up by a key; the largest disagreement first. */
function addedUp(
  { steps }: HostProgram,
  predicted: readonly number[],
  measured: readonly OperationTime[],
  keyOf: (step: OperationTime["step"]) => string,
): readonly (readonly [key: string, seconds: BothSeconds & { readonly count: number }])[] {
  // Constants are made beforehand, and no steps when it runs: what a step computes tells which one it is.
  const measuredOf = new Map(measured.map(({ step, seconds }) => [step.results[0]!, seconds]));
  const sums = new Map<string, BothSeconds & { readonly count: number }>();
  steps.forEach((step, i) => {
    const measuredSeconds = measuredOf.get(step.results[0]!);
    if (measuredSeconds === undefined && predicted[i] === 0) return;
    const key = keyOf(step);
    const known = sums.get(key) ?? { predictedSeconds: 0, measuredSeconds: 0, count: 0 };
    sums.set(key, {
      predictedSeconds: known.predictedSeconds + predicted[i]!,
      measuredSeconds: known.measuredSeconds + (measuredSeconds ?? 0),
      count: known.count + 1,
    });
  });
  return [...sums].sort(([, a], [, b]) => disagreement(b) - disagreement(a));
}

/** How far apart the sides are. */
export const disagreement = ({ predictedSeconds, measuredSeconds }: BothSeconds): number =>
  Math.abs(predictedSeconds - measuredSeconds);

/**
 * Predicts a step, and runs it on the active backend.
 *
 * @throws UserError when the plan cannot be, and the signal's reason when it is aborted
 */
export async function crosscheckRow(
  asked: CrosscheckCase,
  { host, grouped, perOp, leastSteps, signal }: CrosscheckOptions,
): Promise<CrosscheckRow> {
  const { model, modelOptions, globalBatch } = asked;
  const step = trainingStepOf(asked, 1);
  const { plan, program } = step;
  const run = hostProgram(program, grouped);
  const seconds = hostStepSeconds(run, host);
  const predicted = predictStep(program, run, seconds);
  const { operations, ...measured } = await measureStep(step, {
    perOperation: perOp,
    ...(leastSteps !== undefined && { leastSteps }),
    ...(signal && { signal }),
  });
  const row: CrosscheckRow = {
    model,
    modelOptions,
    globalBatch,
    plan,
    predicted,
    measured,
    timeError: predicted.stepSeconds / measured.stepSeconds - 1,
  };
  if (!perOp) return row;
  const places = addedUp(run, seconds, operations, placeOf);
  const names = addedUp(run, seconds, operations, ({ name }) => name);
  return {
    ...row,
    places: places.map(([place, { predictedSeconds, measuredSeconds }]) => ({
      place,
      predictedSeconds,
      measuredSeconds,
    })),
    operations: names.map(([name, both]) => ({ name, ...both })),
  };
}
