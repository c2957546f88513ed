/**
 * @file One step predicted, run and compared. Here and not in `sim` or `train`, which know nothing of each other: both get the
 * very same program.
 */
import type { HostProfile } from "../../sim/hardware.js";
import { OVERHEAD, predictHost } from "../../sim/host.js";
import { hostStepSeconds } from "../../sim/hostTime.js";
import { trainingStepOf } from "../../sim/query.js";
import { measureStep, type OperationTime, type StepMeasurement } from "../../train/measureStep.js";
import { flopCount, multiplyAddCount, parameterCount } from "../models/count.js";
import type { ModelOptions } from "../models/options.js";
import { type HostProgram, hostMemory, hostProgram } from "../program/hostMemory.js";
import type { Program } from "../program/types.js";
import { placeOf } from "../stablehlo/opName.js";
import type { Plan } from "../transforms/plan.js";
import type { CrosscheckCase } from "./crosscheckCases.js";

interface PredictedStep {
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
interface NameSeconds extends BothSeconds {
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
  /** The same row of an earlier pass, whose steps are counted in. */
  readonly earlier?: CrosscheckRow;
  readonly signal?: AbortSignal;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function predictStep(program: Program, run: HostProgram, plan: Plan, host: HostProfile): PredictedStep {
  const modelFlops = flopCount(program, ["forward", "backward"]);
  return {
    stepSeconds: predictHost(program, host, plan.globalBatch, modelFlops).time.stepSeconds,
    // As the active backend runs it, which the profile of a host that was never calibrated does not know.
    peakBytes: hostMemory(program, run).peakBytes,
    params: parameterCount(program),
    flops: flopCount(program),
    multiplyAdds: multiplyAddCount(program),
  };
}

/** What each of the host's steps takes. */
interface Operations {
  readonly predicted: readonly number[];
  readonly measured: readonly OperationTime[];
  /** On either side, all of the step less what the operations take one by one. */
  readonly between: BothSeconds;
}

/** Both sides' seconds of what the host runs, added up by a name; the largest disagreement first. */
function addedUp(
  { steps }: HostProgram,
  { predicted, measured, between }: Operations,
  keyOf: (step: OperationTime["step"]) => string,
): readonly NameSeconds[] {
  // Constants are made beforehand, and no steps when it runs: what a step computes tells which one it is.
  const measuredOf = new Map(measured.map(({ step, seconds }) => [step.results[0]!, seconds]));
  const sums = new Map<string, NameSeconds>([[OVERHEAD, { name: OVERHEAD, count: 1, ...between }]]);
  steps.forEach((step, i) => {
    const measuredSeconds = measuredOf.get(step.results[0]!);
    if (measuredSeconds === undefined && predicted[i] === 0) return;
    const name = keyOf(step);
    const known = sums.get(name) ?? { predictedSeconds: 0, measuredSeconds: 0, count: 0 };
    sums.set(name, {
      name,
      predictedSeconds: known.predictedSeconds + predicted[i]!,
      measuredSeconds: known.measuredSeconds + (measuredSeconds ?? 0),
      count: known.count + 1,
    });
  });
  return [...sums.values()].sort((a, b) => disagreement(b) - disagreement(a));
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
  { host, grouped, perOp, leastSteps, earlier, signal }: CrosscheckOptions,
): Promise<CrosscheckRow> {
  const { model, modelOptions, globalBatch } = asked;
  const step = trainingStepOf(asked, 1);
  const { plan, program } = step;
  const run = hostProgram(program, grouped);
  const predicted = predictStep(program, run, plan, host);
  const { operations, ...measured } = await measureStep(step, {
    perOperation: perOp,
    ...(leastSteps !== undefined && { leastSteps }),
    ...(earlier && { earlier: earlier.measured.timedSeconds }),
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
  const seconds = hostStepSeconds(run, host);
  const between: BothSeconds = {
    predictedSeconds: predicted.stepSeconds - sum(seconds),
    measuredSeconds: measured.stepSeconds - sum(operations.map((operation) => operation.seconds)),
  };
  const all: Operations = { predicted: seconds, measured: operations, between };
  const places = addedUp(run, all, placeOf).map(({ name, predictedSeconds, measuredSeconds }) => ({
    place: name,
    predictedSeconds,
    measuredSeconds,
  }));
  return { ...row, places, operations: addedUp(run, all, ({ name }) => name) };
}
