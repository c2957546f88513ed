/**
 * @file Measures the operations of probes one by one on the active backend, for `willfit calibrate`. Rounds go over all probes
 * again and again, so that a moment in which the machine was busy costs each of them one value out of several.
 */
import { median } from "mathjs";
import type { HostStep } from "../src/program/hostGroups.js";
import { type HostProgram, hostProgram } from "../src/program/hostMemory.js";
import { elementCount, type Program, type ProgramInput, type TensorType } from "../src/program/types.js";
import type { HostArray } from "../src/stablehlo/npz.js";
import { defaultPlan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { prepare } from "./executor.js";
import { uniformNoise } from "./initialize.js";
import { isTensorFlow } from "./kernels/tensorflow.js";
import type { Probe } from "./probes.js";
import { MEASURING_LEARNING_RATE, pause, type Stepper, stepper, timeOperations } from "./stepper.js";

export interface ProbeTimes {
  readonly name: string;
  readonly run: HostProgram;
  readonly operations: readonly { readonly step: HostStep; readonly seconds: number }[];
  readonly stepSeconds: number;
}

/** Numbers for inputs: one block of noise over and over, which is quicker made than as much noise. */
function noise(count: number): Float32Array {
  const values = new Float32Array(count);
  for (let from = 0; from < count; from += noiseBlock.length) {
    values.set(noiseBlock.subarray(0, Math.min(noiseBlock.length, count - from)), from);
  }
  return values;
}

const NOISE_BLOCK = 1 << 16;
const noiseBlock = uniformNoise(NOISE_BLOCK, "probes");
/** Weights that begin as a constant have moved by so much. */
const MOVED = 0.1;

/** Numbers as there may be in training: some kernels take longer over some than over others. */
function inputArray({ role, initializer }: ProgramInput, { shape, dtype }: TensorType): HostArray {
  const count = elementCount(shape);
  const spread = (middle: number, width: number): HostArray => ({
    shape,
    values: noise(count).map((value) => middle + width * (2 * value - 1)),
  });
  if (role === "schedule") return { shape, values: Float32Array.of(MEASURING_LEARNING_RATE) };
  if (dtype === "i32") return { shape, values: new Int32Array(count).fill(1) };
  if (role === "batch") return spread(0, 1);
  if (role !== "parameter" || initializer === undefined) return { shape, values: noise(count) };
  if (initializer.kind === "constant") return spread(initializer.value, MOVED);
  // A uniform distribution of the same variance.
  const limit = initializer.kind === "uniform" ? initializer.limit : Math.sqrt(3) * initializer.stddev;
  return spread(0, limit);
}

/** The training step of a probe. */
export function probeProgram({ model, batch, remat }: Probe): Program {
  const { optimizer } = model;
  return traceTrainingStep(model, {
    ...defaultPlan,
    optimizer,
    remat,
    activations: "f32",
    devices: 1,
    globalBatch: batch,
  });
}

/** A probe that is ready to run, and what was measured of it so far. */
interface Running {
  readonly name: string;
  readonly run: HostProgram;
  readonly steps: readonly HostStep[];
  readonly stepper: Stepper;
  readonly dispose: () => void;
  /** By operation, by round. */
  readonly seconds: number[][];
  readonly stepSeconds: number[];
}

function start(probe: Probe): Running {
  const program = probeProgram(probe);
  const executable = prepare(program);
  const arrays = program.inputs.map((input) => inputArray(input, program.types[input.value]!));
  const steps = stepper(executable, arrays);
  const dispose = () => {
    steps.dispose();
    executable.dispose();
  };
  return {
    name: probe.name,
    run: hostProgram(program, isTensorFlow()),
    steps: executable.steps.map(({ step }) => step),
    stepper: steps,
    dispose,
    seconds: executable.steps.map(() => []),
    stepSeconds: [],
  };
}

export interface ProbeOptions {
  /** About how long to go on. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  /** Called after each step with how much of the time is over, 0 to 1. */
  readonly onProgress?: (done: number) => void;
}

/** @throws the signal's reason when it is aborted; no tensor is left behind then either */
export async function measureProbes(
  probes: readonly Probe[],
  { seconds, signal, onProgress }: ProbeOptions,
): Promise<readonly ProbeTimes[]> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const running: Running[] = [];
  try {
    for (const probe of probes) {
      await pause(signal);
      const started = start(probe);
      running.push(started);
      // Untimed: caches fill, and TensorFlow chooses and keeps its kernels.
      started.stepper.step();
      onProgress?.(Math.min(elapsed() / seconds, 1));
    }
    // The first round is always finished, so that every probe is measured.
    for (let round = 0; round === 0 || elapsed() < seconds; round++) {
      for (const each of running) {
        await pause(signal);
        if (round > 0 && elapsed() >= seconds) break;
        const timed = timeOperations(each.stepper);
        timed.seconds.forEach((value, i) => {
          each.seconds[i]!.push(value);
        });
        each.stepSeconds.push(timed.stepSeconds);
        onProgress?.(Math.min(elapsed() / seconds, 1));
      }
    }
    return running.map(({ name, run, steps, seconds: all, stepSeconds }) => ({
      name,
      run,
      operations: steps.map((step, i) => ({ step, seconds: median(all[i]!) })),
      stepSeconds: median(stepSeconds),
    }));
  } finally {
    for (const { dispose } of running) dispose();
  }
}
