/** @file What is known of a run before it starts, or from its folder, as the dashboard shows it. */

import type { Prediction } from "../../../../sim/prediction.js";
import type { Query } from "../../../../sim/query.js";
import type { RunFile } from "../../../../train/runFile.js";
import type { TrainingOptions } from "../../../../train/setup.js";
import { UserError } from "../../../units/userError.js";
import type { DryRun } from "../../dryRun.js";
import { hostOn } from "../../hostOn.js";
import { errorWords } from "../../reportText.js";

export interface PredictedFigures {
  readonly stepSeconds: number;
  readonly peakBytes: number;
  /** How sure each of them is. */
  readonly confidence: readonly string[];
}

export interface RunFacts {
  readonly model: string;
  readonly data: string;
  readonly classes: readonly string[];
  /** What computes, with its version. */
  readonly backend: string;
  readonly batch: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Where checkpoints and metrics go, if anywhere. */
  readonly out?: string;
  /** Absent while it is being worked out, and where no profile is of the backend. */
  readonly predicted?: PredictedFigures;
}

export function predictedFigures({ time, memory, confidence }: Prediction): PredictedFigures {
  return {
    stepSeconds: time.stepSeconds,
    peakBytes: memory.peakBytes,
    confidence: [errorWords("time", confidence.time), errorWords("memory", confidence.memory)],
  };
}

/**
 * The question to ask the simulator of a run: a step of it on this computer.
 *
 * @throws UserError where there is no profile of this computer with the run's backend
 */
export function hostQueryOf({ model, modelOptions, plan, backend: { name } }: RunFile): Query {
  const hardware = hostOn(name);
  if (hardware === undefined)
    throw new UserError(
      `no profile of this computer is of ${name}; willfit calibrate --backend ${name} makes one`,
    );
  const { globalBatch, ...openPlan } = plan;
  return { model, modelOptions, hardware, globalBatch, plan: openPlan };
}

/** A run as its folder tells of it. */
export function factsOfRun(run: RunFile, out: string, predicted?: PredictedFigures): RunFacts {
  const { model, data, classes, backend, plan, epochs, stepsPerEpoch } = run;
  return {
    model,
    data,
    classes,
    backend: `${backend.name} ${backend.version}`,
    batch: plan.globalBatch,
    epochs,
    stepsPerEpoch,
    out,
    ...(predicted && { predicted }),
  };
}

/** @param isOfBackend whether the answer is of the backend that runs it, and says something of the run */
export function factsOf(
  options: TrainingOptions,
  answer: DryRun,
  { backend, isOfBackend }: { readonly backend: string; readonly isOfBackend: boolean },
): RunFacts {
  const { model, dataset, epochs, plan, out } = options;
  return {
    model,
    data: dataset.name,
    classes: dataset.classes,
    backend,
    batch: plan.globalBatch,
    epochs,
    stepsPerEpoch: answer.training.stepsPerEpoch,
    ...(out !== undefined && { out }),
    ...(isOfBackend && { predicted: predictedFigures(answer) }),
  };
}
