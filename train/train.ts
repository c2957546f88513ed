/**
 * @file A training run: executes the training program step after step on real data, evaluates after each epoch,
 * and keeps checkpoints from which it can go on as if nothing had happened.
 */

import { mkdirSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { elementCount, formatType, type Program, sameShape, type TensorType } from "../src/program/types.js";
import { UserError } from "../src/units/userError.js";
import type { BatchValues } from "./batch.js";
import type { Checkpoint } from "./checkpoint.js";
import {
  CHECKPOINTS_KEPT,
  checkpointFiles,
  keepCheckpoint,
  newestCheckpoint,
  removeLeftovers,
} from "./checkpoints.js";
import type { Confusion } from "./confusion.js";
import type { Split } from "./data/dataset.js";
import { epochOrder } from "./data/order.js";
import { BATCHES_AHEAD, prefetch, wholeBatch } from "./data/prefetch.js";
import type { Evaluation, Measure } from "./evaluate.js";
import { type Executable, execute, prepare } from "./executor.js";
import { initialState, type StateTensor, uniformNoise } from "./initialize.js";
import { openMetrics } from "./metrics.js";
import { learningRateAt } from "./schedule.js";
import { identityOf, type RunSetup, setUp, type TrainingOptions } from "./setup.js";

export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly examplesPerSecond: number;
  readonly secondsLeft: number;
}

/** What a run tells whoever watches it. */
export interface TrainingListener {
  readonly onStart?: (info: {
    readonly steps: number;
    readonly step: number;
    readonly parameters: number;
  }) => void;
  readonly onStep?: (progress: Progress) => void;
  readonly onEvaluation?: (epoch: number, evaluation: Evaluation, measure: Measure) => void;
  /** Told of a checkpoint that is passed over because it is not whole, and why. */
  readonly onDamaged?: (why: string) => void;
  /** Asked after every step; true ends the run after a checkpoint. */
  readonly shouldStop?: () => boolean;
}

export interface TrainingResult {
  readonly finished: boolean;
  readonly steps: number;
  /** What the accuracies of the evaluations are of. */
  readonly measure: Measure;
  readonly lastLoss: number;
  readonly evaluations: readonly EpochEvaluation[];
  /** Of the last evaluation: examples by class (row) and answer (column). */
  readonly confusion?: Confusion;
  readonly checkpoint?: string;
}

/** The whole matrix is kept of the last epoch only: with many classes it is large. */
export type EpochEvaluation = Omit<Evaluation, "confusion"> & { readonly epoch: number };

/** @throws UserError when the checkpoint is of another run or does not hold what the program needs */
function stateFrom(
  checkpoint: Checkpoint,
  path: string,
  wanted: Readonly<Record<string, string>>,
  program: Program,
) {
  for (const [key, value] of Object.entries(wanted)) {
    if (checkpoint.metadata[key] !== value) {
      throw new UserError(
        `${path} is of another run: its ${key} is ${checkpoint.metadata[key]}, not ${value}`,
      );
    }
  }
  const byName = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]));
  return program.inputs.flatMap(({ name, value, initializer }): StateTensor[] => {
    if (!initializer) return [];
    const tensor = byName.get(name);
    const type = program.types[value]!;
    if (!tensor || !sameShape(tensor.shape, type.shape)) {
      throw new UserError(`${path} has no ${name} of type ${formatType(type)}`);
    }
    return [tensor];
  });
}

const hostTensor = ({
  values,
  shape,
  dtype,
}: Pick<StateTensor, "values" | "shape"> & Pick<TensorType, "dtype">) =>
  tf.tensor(values, [...shape], dtype === "i32" ? "int32" : "float32");

/** The examples to train on in an epoch, augmented as the run has it. */
function trainingSplit({ dataset, seed }: TrainingOptions, { augmentation }: RunSetup, epoch: number): Split {
  const { train } = dataset;
  if (augmentation.length === 0) return train;
  const augmented = { augmentation, seed: `${seed} augment ${epoch}` };
  return { count: train.count, examples: (indices) => train.examples(indices, augmented) };
}

/**
 * Trains a classifier, or two towers.
 *
 * @throws UserError when model and data do not go together, or the checkpoint to resume from is not of this run
 */
export async function train(
  options: TrainingOptions,
  listener: TrainingListener = {},
): Promise<TrainingResult> {
  const { dataset, seed, out, keep = CHECKPOINTS_KEPT } = options;
  const setup = setUp(options);
  const { stepsPerEpoch, schedule } = setup;
  const { globalBatch: batch } = setup.plan;
  const program = setup.program();
  const wanted = identityOf(options, setup);
  let step = 0;
  let first = initialState(program, seed);
  let path: string | undefined;
  if (out !== undefined && options.resume) {
    const newest = newestCheckpoint(out, listener.onDamaged);
    path = newest.path;
    first = stateFrom(newest.checkpoint, path, wanted, program);
    step = Number(newest.checkpoint.metadata.step);
  } else if (out !== undefined) {
    const there = checkpointFiles(out)[0];
    if (there) {
      throw new UserError(
        `${there.path} is there already: --resume goes on from it, another --out starts anew`,
      );
    }
    mkdirSync(out, { recursive: true });
  }
  if (out !== undefined) removeLeftovers(out);
  const metrics = out === undefined ? undefined : openMetrics(out, step);

  const state = new Map(first.map((tensor) => [tensor.name, hostTensor(tensor)]));
  const executable = prepare(program);
  const evaluation = setup.evaluator();
  let savedStep = step;
  const save = () => {
    if (out === undefined || step === savedStep) return;
    metrics?.sync();
    const tensors = first.map(({ name, dtype, shape }): StateTensor => {
      const values = state.get(name)!.dataSync() as Float32Array | Int32Array;
      return { name, dtype, shape, values };
    });
    path = keepCheckpoint(out, step, { metadata: { ...wanted, step: String(step) }, tensors }, keep);
    savedStep = step;
  };

  const parameters = program.inputs.filter(({ role }) => role === "parameter");
  listener.onStart?.({
    steps: schedule.steps,
    step,
    parameters: parameters.reduce((total, { name }) => total + state.get(name)!.size, 0),
  });
  const evaluations = (metrics?.evaluations ?? []).map(({ epoch, accuracy, top5 }): EpochEvaluation => {
    const scores = { accuracy, ...(top5 !== undefined && { top5 }) };
    return { epoch: epoch - 1, ...scores, examples: dataset.test.count };
  });
  let confusion: Confusion | undefined;
  const began = performance.now();
  const firstStep = step;
  let lastLoss = Number.NaN;
  let stopped = false;
  const orders = new Map<number, Int32Array>();
  const batches = prefetch(step, schedule.steps, BATCHES_AHEAD, (at) => {
    const epoch = Math.floor(at / stepsPerEpoch);
    const order = orders.get(epoch) ?? epochOrder(dataset.train.count, seed, epoch);
    orders.set(epoch, order);
    orders.delete(epoch - 1);
    const split = trainingSplit(options, setup, epoch);
    return wholeBatch(split, order, (at % stepsPerEpoch) * batch, batch);
  });
  while (step < schedule.steps && !stopped) {
    const epoch = Math.floor(step / stepsPerEpoch);
    for (let i = step % stepsPerEpoch; i < stepsPerEpoch && !stopped; i++) {
      const examples = await batches.next();
      if (examples.done) throw new Error(`no batch for step ${step}`);
      const learningRate = learningRateAt(schedule, step);
      const stepBegan = performance.now();
      const made = trainStep(executable, state, setup.batch(examples.value, step), {
        learningRate,
        noiseSeed: `${seed} ${step}`,
      });
      const seconds = (performance.now() - stepBegan) / 1000;
      lastLoss = made.loss;
      step += 1;
      metrics?.append({
        kind: "step",
        step,
        epoch: epoch + 1,
        ...made,
        learningRate,
        examplesPerSecond: batch / seconds,
        seconds,
      });
      const secondsPerStep = (performance.now() - began) / 1000 / (step - firstStep);
      listener.onStep?.({
        step,
        steps: schedule.steps,
        epoch,
        loss: lastLoss,
        examplesPerSecond: batch / secondsPerStep,
        secondsLeft: secondsPerStep * (schedule.steps - step),
      });
      // At the end of an epoch the checkpoint waits for the evaluation: a run that goes on from it makes none of that epoch.
      if (step % options.checkpointEvery === 0 && step % stepsPerEpoch !== 0) save();
      // Lets Ctrl-C and the progress bar in.
      await new Promise((resolve) => setImmediate(resolve));
      stopped = step < schedule.steps && (listener.shouldStop?.() ?? false);
    }
    if (step % stepsPerEpoch === 0) {
      const evaluationBegan = performance.now();
      const result = await evaluation.evaluate(state);
      const seconds = (performance.now() - evaluationBegan) / 1000;
      const { confusion: matrix, ...scores } = result;
      const { accuracy, top5 } = scores;
      confusion = matrix;
      evaluations.push({ epoch, ...scores });
      metrics?.append({
        kind: "evaluation",
        step,
        epoch: epoch + 1,
        accuracy,
        ...(top5 !== undefined && { top5 }),
        seconds,
      });
      listener.onEvaluation?.(epoch, result, setup.measure);
    }
    save();
  }
  await batches.return(undefined);
  executable.dispose();
  evaluation.dispose();
  tf.dispose([...state.values()]);
  return {
    finished: !stopped,
    steps: step,
    measure: setup.measure,
    lastLoss,
    evaluations,
    ...(confusion && { confusion }),
    ...(path !== undefined && { checkpoint: path }),
  };
}

/** One step: replaces the tensors of `state`. @returns the loss, and the norm of the gradients where the optimizer has it */
function trainStep(
  { program, ...executable }: Executable,
  state: Map<string, tf.Tensor>,
  batch: BatchValues,
  { learningRate, noiseSeed }: { readonly learningRate: number; readonly noiseSeed: string },
): { readonly loss: number; readonly gradientNorm?: number } {
  const inputs = program.inputs.map(({ name, role, value }) => {
    const { shape, dtype } = program.types[value]!;
    if (role === "noise")
      return tf.tensor(uniformNoise(elementCount(shape), `${noiseSeed} ${name}`), [...shape]);
    if (role === "schedule") return tf.scalar(learningRate);
    if (role !== "batch") return state.get(name)!;
    return hostTensor({ values: batch.get(name)!, shape, dtype });
  });
  const [outputs] = execute({ program, ...executable }, [inputs]);
  let loss = Number.NaN;
  let gradientNorm: number | undefined;
  program.outputs.forEach(({ name, replaces }, i) => {
    const tensor = outputs![i]!;
    if (replaces !== undefined) {
      state.set(name, tensor);
      return;
    }
    if (name === "loss") loss = tensor.dataSync()[0]!;
    if (name === "gradientNorm") gradientNorm = tensor.dataSync()[0]!;
    tensor.dispose();
  });
  return { loss, ...(gradientNorm !== undefined && { gradientNorm }) };
}
