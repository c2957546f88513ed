/** @file What is known of a run before it starts, as the dashboard shows it. */
import type { TrainingOptions } from "../../../../train/setup.js";
import type { DryRun } from "../../dryRun.js";
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
  readonly predicted: PredictedFigures;
}

export function factsOf(options: TrainingOptions, answer: DryRun, backend: string): RunFacts {
  const { model, dataset, epochs, plan, out } = options;
  const { time, memory, confidence, training } = answer;
  return {
    model,
    data: dataset.name,
    classes: dataset.classes,
    backend,
    batch: plan.globalBatch,
    epochs,
    stepsPerEpoch: training.stepsPerEpoch,
    ...(out !== undefined && { out }),
    predicted: {
      stepSeconds: time.stepSeconds,
      peakBytes: memory.peakBytes,
      confidence: [errorWords("time", confidence.time), errorWords("memory", confidence.memory)],
    },
  };
}
