/**
 * @file Measures a training step by running it on the active backend: a few times, each step with the state that the one
 * before has left. Nothing of it is predicted here; `willfit crosscheck` puts the two side by side.
 */
import * as tf from "@tensorflow/tfjs-core";
import { median, quantileSeq } from "mathjs";
import type { Model } from "../src/models/model.js";
import type { HostStep } from "../src/program/hostGroups.js";
import type { OpName, Program } from "../src/program/types.js";
import type { HostArray } from "../src/stablehlo/npz.js";
import type { Plan } from "../src/transforms/plan.js";
import { prepare } from "./executor.js";
import { countMultiplyAdds } from "./kernelProducts.js";
import { watchPeak } from "./peakBytes.js";
import { MEASURING_LEARNING_RATE, pause, type Stepper, stepper, timeOperations } from "./stepper.js";
import { syntheticInputs } from "./synthetic.js";

/** Untimed, before the others: caches fill, and TensorFlow chooses and keeps its kernels. */
const WARM_UP_STEPS = 2;
/** At least so many steps, and so many seconds of them. */
const [LEAST_STEPS, LEAST_SECONDS] = [5, 2];
/** Where the computer has more to do and steps are of unequal length they go on, up to here. */
const [STEADY_SPREAD, MOST_STEPS, MOST_SECONDS] = [0.03, 20, 5];
/** Of steps in which every operation is timed. */
const WATCHED_STEPS = 3;

/** What the executor ran at once, and how long it took. */
export interface OperationTime {
  readonly step: HostStep;
  readonly seconds: number;
}

export interface StepMeasurement {
  /** Median of `timedSeconds`. */
  readonly stepSeconds: number;
  /** A quarter of the steps was faster than the first, a quarter slower than the second. */
  readonly quartileSeconds: readonly [lower: number, upper: number];
  /** Of each step, from tensors that are there to a loss that can be read; those of an earlier measurement come first. */
  readonly timedSeconds: readonly number[];
  /**
   * The most that tfjs counted as alive during a step: after each operation, while operands that it has not consumed are
   * still there. What a kernel allocates and frees by itself is not in it.
   */
  readonly peakBytes: number;
  /** Elements of the tensors held for weights, trained and frozen. */
  readonly params: number;
  /**
   * Of matrix products and convolutions in one step, by the shapes of the tensors that tfjs's kernels were given: what was
   * asked of tfjs, whichever operations the program says it has. Nothing else is counted, so it is less than all FLOPs.
   */
  readonly multiplyAdds: number;
  /** Of the last step; not a number if training went wrong. */
  readonly loss: number;
  /**
   * Medians, in the order in which they are run; empty unless asked for. Each includes the freeing of what died with the
   * one before it, and a timer's few hundred nanoseconds.
   */
  readonly operations: readonly OperationTime[];
}

export interface MeasureOptions {
  /** Steps to time at least. */
  readonly leastSteps?: number;
  /**
   * Steps of an earlier measurement of the same, to be counted in: a computer may be a fifth faster or slower for a minute, and
   * what is measured twice some minutes apart has not all of its steps in that one.
   */
  readonly earlier?: readonly number[];
  /** Whether to time each operation, too. */
  readonly perOperation?: boolean;
  /** Ends the measurement after the step at hand. */
  readonly signal?: AbortSignal;
}

/** One device's training step. */
export interface MeasuredStep {
  readonly model: Model;
  readonly plan: Plan;
  readonly program: Program;
}

/** Inputs of a step in the middle of a run. */
function inputsOf({ model, plan, program }: MeasuredStep): readonly HostArray[] {
  const arrays = syntheticInputs(model, plan, program, { seed: 1, device: 0, state: "warm" });
  return arrays.map((array, i) =>
    program.inputs[i]!.role === "schedule"
      ? { ...array, values: Float32Array.of(MEASURING_LEARNING_RATE) }
      : array,
  );
}

const products: ReadonlySet<string> = new Set<OpName>([
  "dotGeneral",
  "convolution",
  "convolutionInputGradient",
  "convolutionKernelGradient",
]);

/** Whether a step has products of its own: the executor also computes some sums as products with ones. */
function isProduct({ name, group }: HostStep): boolean {
  return group ? group.inside.some((operation) => products.has(operation.name)) : products.has(name);
}

/** One step, watched: what tfjs counts of its memory and its products. */
function watchedStep(
  { step }: Stepper,
  bytesBefore: number,
): Pick<StepMeasurement, "peakBytes" | "multiplyAdds"> {
  const peak = watchPeak(bytesBefore);
  let multiplyAdds = 0;
  countMultiplyAdds((soFar) => {
    let before = 0;
    const onOperation = (of: HostStep) => {
      peak.onOperation();
      if (isProduct(of)) multiplyAdds += soFar() - before;
      before = soFar();
    };
    step({ onOperation });
  });
  return { peakBytes: peak.peakBytes(), multiplyAdds };
}

/** Half of what lies between the quartiles, of the median. */
export function spreadOf({ stepSeconds, quartileSeconds }: Timing): number {
  const [lower, upper] = quartileSeconds;
  return (upper - lower) / 2 / stepSeconds;
}

type Timing = Pick<StepMeasurement, "stepSeconds" | "quartileSeconds">;

function timingOf(seconds: readonly number[]): Timing {
  const times = [...seconds];
  return {
    stepSeconds: median(times),
    quartileSeconds: [quantileSeq(times, 0.25), quantileSeq(times, 0.75)],
  };
}

/** Whether the median of these steps will not change much. */
function isEnough(seconds: readonly number[], leastSteps: number): boolean {
  const total = seconds.reduce((sum, one) => sum + one, 0);
  if (seconds.length < leastSteps) return false;
  if (seconds.length >= MOST_STEPS || total >= MOST_SECONDS) return true;
  return total >= LEAST_SECONDS && spreadOf(timingOf(seconds)) <= STEADY_SPREAD;
}

/**
 * Runs a training step, with made-up inputs, until there is a good median of its time.
 *
 * @throws the signal's reason when it is aborted; no tensor is left behind then either
 */
export async function measureStep(
  measured: MeasuredStep,
  { leastSteps = LEAST_STEPS, earlier = [], perOperation = false, signal }: MeasureOptions = {},
): Promise<StepMeasurement> {
  const arrays = inputsOf(measured);
  const bytesBefore = tf.memory().numBytes;
  const executable = prepare(measured.program);
  const steps = stepper(executable, arrays);
  try {
    await pause(signal);
    const watched = watchedStep(steps, bytesBefore);
    for (let i = 1; i < WARM_UP_STEPS; i++) {
      await pause(signal);
      steps.step();
    }
    const seconds: number[] = [];
    let loss = Number.NaN;
    while (!isEnough(seconds, leastSteps)) {
      await pause(signal);
      const timed = steps.step();
      ({ loss } = timed);
      seconds.push(timed.seconds);
    }
    const byOperation: (readonly number[])[] = [];
    for (let i = 0; perOperation && i < WATCHED_STEPS; i++) {
      await pause(signal);
      byOperation.push(timeOperations(steps).seconds);
    }
    const timedSeconds = [...earlier, ...seconds];
    return {
      ...timingOf(timedSeconds),
      timedSeconds,
      ...watched,
      params: steps.weights().reduce((total, { size }) => total + size, 0),
      loss,
      operations: perOperation
        ? executable.steps.map(({ step }, i) => ({
            step,
            seconds: median(byOperation.map((all) => all[i]!)),
          }))
        : [],
    };
  } finally {
    steps.dispose();
    executable.dispose();
  }
}
