/** @file A run as it might have gone, without any training: what the screen is tested with. */
import type { PredictedFigures, RunFacts } from "../../../../src/cli/dashboard/run/facts.js";
import { initialRun, type RunState, runAfter } from "../../../../src/cli/dashboard/run/runState.js";
import type { Progress } from "../../../../train/train.js";

const predicted: PredictedFigures = {
  stepSeconds: 0.211,
  peakBytes: 88_400_000,
  confidence: [
    "time: error unknown (the host is not calibrated)",
    "memory: ± 0 % (counted with the executor's own liveness)",
  ],
};

export const facts: RunFacts = {
  model: "vit-s16",
  data: "mnist",
  classes: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
  backend: "tensorflow 4.22.0",
  batch: 128,
  epochs: 3,
  stepsPerEpoch: 60,
  out: "runs/vit-s16-mnist-1",
  predicted,
};

const STEPS = facts.epochs * facts.stepsPerEpoch;
const STEP_SECONDS = 0.125;

export function progressAt(step: number): Progress {
  return {
    step,
    steps: STEPS,
    epoch: Math.floor((step - 1) / facts.stepsPerEpoch),
    loss: 0.12 + 2.2 * Math.exp(-step / 30) + 0.05 * Math.sin(step),
    learningRate: 0.003 * (1 - step / STEPS),
    gradientNorm: 1 + 1 / step,
    seconds: STEP_SECONDS,
    examplesPerSecond: facts.batch / STEP_SECONDS,
    secondsLeft: STEP_SECONDS * (STEPS - step),
    peakBytes: predicted.peakBytes,
    processBytes: 700 * 2 ** 20,
  };
}

/** Four was taken for nine 31 times; and there are other pairs. */
const confusion = facts.classes.map((_, label) =>
  facts.classes.map((__, predicted) => {
    if (label === 4 && predicted === 9) return 31;
    if (label === predicted) return label === 4 ? 951 : 900;
    return label === 7 && predicted < 2 ? 12 - predicted : 0;
  }),
);

export function afterEvaluation(state: RunState, epoch: number, accuracy: number): RunState {
  const evaluation = { accuracy, top5: 0.9, examples: 10_000, confusion };
  return runAfter(state, { kind: "evaluated", epoch, evaluation, measure: "classification" });
}

function afterSteps(state: RunState, from: number, to: number): RunState {
  let run = state;
  for (let step = from; step <= to; step++) {
    run = runAfter(run, {
      kind: "stepped",
      progress: progressAt(step),
      endedAtSeconds: step * STEP_SECONDS,
    });
  }
  return run;
}

/** Two epochs with their evaluations, and a quarter of the third. */
export const scriptedRun: RunState = (() => {
  const begun = runAfter(initialRun, { kind: "started", parameters: 208_074, steps: STEPS, step: 0 });
  const first = afterEvaluation(afterSteps(begun, 1, 60), 0, 0.8926);
  const noted = runAfter(first, { kind: "noted", text: "\ncats/broken.jpg left out: premature end of file" });
  return afterSteps(afterEvaluation(afterSteps(noted, 61, 120), 1, 0.9558), 121, 135);
})();
