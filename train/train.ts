/**
 * @file A training run: executes the training program step after step on real data, evaluates after each epoch,
 * and keeps checkpoints from which it can go on as if nothing had happened.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { Program } from "../src/program/types.js";
import { UserError } from "../src/units/userError.js";
import { CHECKPOINTS_KEPT, keepCheckpoint, removeLeftovers } from "./checkpoints.js";
import type { Confusion } from "./confusion.js";
import type { ImageExamples } from "./data/dataset.js";
import { epochOrder } from "./data/order.js";
import { BATCHES_AHEAD, prefetch, wholeBatch } from "./data/prefetch.js";
import { descriptionOf, parametersOf } from "./describe.js";
import type { Evaluation } from "./evaluate.js";
import { prepare } from "./executor.js";
import type { StateTensor } from "./initialize.js";
import type { Measure } from "./measure.js";
import { type Metrics, openMetrics } from "./metrics.js";
import { watchPeak } from "./peakBytes.js";
import { openRunFile } from "./runFile.js";
import { lockRun } from "./runLock.js";
import { learningRateAt } from "./schedule.js";
import { identityOf, type RunSetup, setUp, type TrainingOptions } from "./setup.js";
import { type Start, startOf } from "./start.js";
import { hostTensor, trainStep } from "./step.js";
import { openTensorBoard } from "./tensorboard.js";

export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Of all gradients together before clipping, where the optimizer clips. */
  readonly gradientNorm?: number;
  /** Duration of this step alone. */
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly secondsLeft: number;
  /** The most that tensors of the step took at once. */
  readonly peakBytes?: number;
  /** Memory of the whole process after the step. */
  readonly processBytes?: number;
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
  /** Told why nothing keeps other runs out of the folder, where this computer or its disk has no locks. */
  readonly onUnlocked?: (why: string) => void;
  /** Asked after every step; true ends the run after a checkpoint. */
  readonly shouldStop?: () => boolean;
}

export interface TrainingResult {
  readonly finished: boolean;
  readonly steps: number;
  /** What the accuracies of the evaluations are of. */
  readonly measure: Measure;
  readonly lastLoss: number;
  /** Of this run, or of what was left of it when it went on. */
  readonly seconds: number;
  /** Of these, how long steps waited for examples that were not decoded yet. */
  readonly waitedSeconds: number;
  readonly evaluations: readonly EpochEvaluation[];
  /** Of the last evaluation: examples by class (row) and answer (column). */
  readonly confusion?: Confusion;
  readonly checkpoint?: string;
}

/** The whole matrix is kept of the last epoch only: with many classes it is large. */
export type EpochEvaluation = Omit<Evaluation, "confusion"> & { readonly epoch: number };

/** Where a run is written down: as metrics, and for TensorBoard where that is wanted. */
function openRecord(out: string, step: number, tensorboard: boolean): Metrics {
  removeLeftovers(out);
  const metrics = openMetrics(out, step);
  const events = tensorboard ? openTensorBoard(out) : undefined;
  return {
    evaluations: metrics.evaluations,
    append: (row) => {
      metrics.append(row);
      events?.append(row);
    },
    sync: () => {
      metrics.sync();
      events?.sync();
    },
  };
}

/** The examples of each step from `first` on, asked for ahead of it. */
function batchesFrom(
  first: number,
  options: TrainingOptions,
  setup: RunSetup,
): AsyncGenerator<ImageExamples> {
  const { dataset, seed } = options;
  const { stepsPerEpoch, schedule, plan, augmentation } = setup;
  const orders = new Map<number, Int32Array>();
  return prefetch(first, schedule.steps, BATCHES_AHEAD, (at) => {
    const epoch = Math.floor(at / stepsPerEpoch);
    const order = orders.get(epoch) ?? epochOrder(dataset.train.count, seed, epoch);
    orders.set(epoch, order);
    orders.delete(epoch - 1);
    const augmented =
      augmentation.length === 0 ? undefined : { augmentation, seed: `${seed} augment ${epoch}` };
    const start = (at % stepsPerEpoch) * plan.globalBatch;
    return wholeBatch(dataset.train, order, start, plan.globalBatch, augmented);
  });
}

/**
 * Trains a classifier, or two towers.
 *
 * @throws UserError when model and data do not go together, another process trains in the folder, the checkpoint to resume from is
 *   not of this run, the folder cannot be written, or the loss is no longer a number
 */
export async function train(
  options: TrainingOptions,
  listener: TrainingListener = {},
): Promise<TrainingResult> {
  const setup = setUp(options);
  const lock = lockRun(options, listener.onUnlocked);
  try {
    return await trainAlone(options, setup, listener);
  } finally {
    lock?.release();
  }
}

/** Trains in a folder that no other run is in. */
async function trainAlone(
  options: TrainingOptions,
  setup: RunSetup,
  listener: TrainingListener,
): Promise<TrainingResult> {
  const { out, tensorboard = false } = options;
  const program = setup.program();
  const identity = identityOf(options, setup);
  const start = startOf(options, identity, program, listener.onDamaged);
  const run: Run = { options, setup, program, identity, start, parameters: parametersOf(program) };
  if (out === undefined) return steps(run, undefined, listener);
  const record = openRecord(out, start.step, tensorboard);
  const description = descriptionOf(options, setup, run.parameters);
  const runFile = openRunFile(out, description, { resumed: options.resume });
  let result: TrainingResult;
  try {
    result = await steps(run, record, listener);
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    try {
      runFile.end({ how: "failed", error: line });
    } catch {
      // What went wrong first is what has to be told: it may be the full disk that this failed of, too.
    }
    throw error;
  }
  runFile.end({ how: result.finished ? "finished" : "stopped" });
  return result;
}

/** A run that is ready to begin. */
interface Run {
  readonly options: TrainingOptions;
  readonly setup: RunSetup;
  readonly program: Program;
  readonly identity: Readonly<Record<string, string>>;
  readonly start: Start;
  readonly parameters: number;
}

/** Takes the steps of a run, from where it begins to its end, or until it is to stop. */
async function steps(
  { options, setup, program, identity, start, parameters }: Run,
  record: Metrics | undefined,
  listener: TrainingListener,
): Promise<TrainingResult> {
  const { dataset, seed, out, keep = CHECKPOINTS_KEPT } = options;
  const { stepsPerEpoch, schedule, measure } = setup;
  const { globalBatch: batch } = setup.plan;
  const bytesBefore = tf.memory().numBytes;
  const state = new Map(start.state.map((tensor) => [tensor.name, hostTensor(tensor)]));
  const executable = prepare(program);
  const ownBytes = tf.memory().numBytes - bytesBefore;
  const evaluator = setup.evaluator();
  /** The evaluator's constants are there, too, and no part of a step. */
  const othersBytes = tf.memory().numBytes - ownBytes;
  let { step, path } = start;
  let savedStep = step;
  const save = () => {
    if (out === undefined || step === savedStep) return;
    record?.sync();
    const tensors = start.state.map(({ name, dtype, shape }): StateTensor => {
      const values = state.get(name)!.dataSync() as Float32Array | Int32Array;
      return { name, dtype, shape, values };
    });
    path = keepCheckpoint(out, step, { metadata: { ...identity, step: String(step) }, tensors }, keep);
    savedStep = step;
  };

  listener.onStart?.({ steps: schedule.steps, step, parameters });
  const evaluations = (record?.evaluations ?? []).map(({ epoch, accuracy, top5 }): EpochEvaluation => {
    const scores = { accuracy, ...(top5 !== undefined && { top5 }) };
    return { epoch: epoch - 1, ...scores, examples: dataset.test.count };
  });
  let confusion: Confusion | undefined;
  const began = performance.now();
  let lastLoss = Number.NaN;
  let waitedSeconds = 0;
  let stopped = false;
  const batches = batchesFrom(step, options, setup);
  try {
    while (step < schedule.steps && !stopped) {
      const epoch = Math.floor(step / stepsPerEpoch);
      for (let i = step % stepsPerEpoch; i < stepsPerEpoch && !stopped; i++) {
        const asked = performance.now();
        const examples = await batches.next();
        const waitSeconds = (performance.now() - asked) / 1000;
        waitedSeconds += waitSeconds;
        if (examples.done) throw new Error(`no batch for step ${step}`);
        const learningRate = learningRateAt(schedule, step);
        const stepBegan = performance.now();
        const peak = watchPeak(othersBytes);
        const made = trainStep(
          executable,
          state,
          setup.batch(examples.value, step),
          { learningRate, noiseSeed: `${seed} ${step}` },
          peak,
        );
        const seconds = (performance.now() - stepBegan) / 1000;
        const memory = { peakBytes: peak.peakBytes(), processBytes: process.memoryUsage.rss() };
        lastLoss = made.loss;
        step += 1;
        if (!Number.isFinite(lastLoss)) {
          throw new UserError(`the loss of step ${step} is not a number; try a lower --learning-rate`);
        }
        record?.append({
          kind: "step",
          step,
          epoch: epoch + 1,
          ...made,
          learningRate,
          examplesPerSecond: batch / seconds,
          seconds,
          waitSeconds,
          ...memory,
        });
        const secondsPerStep = (performance.now() - began) / 1000 / (step - start.step);
        listener.onStep?.({
          step,
          steps: schedule.steps,
          epoch,
          ...made,
          learningRate,
          seconds,
          examplesPerSecond: batch / secondsPerStep,
          secondsLeft: secondsPerStep * (schedule.steps - step),
          ...memory,
        });
        // At the end of an epoch the checkpoint waits for the evaluation: a run that goes on from it makes none of that epoch.
        if (step % options.checkpointEvery === 0 && step % stepsPerEpoch !== 0) save();
        // Lets Ctrl-C and the progress bar in.
        await new Promise((resolve) => setImmediate(resolve));
        stopped = step < schedule.steps && (listener.shouldStop?.() ?? false);
      }
      if (step % stepsPerEpoch === 0) {
        const evaluationBegan = performance.now();
        const result = await evaluator.evaluate(state);
        const seconds = (performance.now() - evaluationBegan) / 1000;
        const { confusion: matrix, ...scores } = result;
        const { accuracy, top5 } = scores;
        confusion = matrix;
        evaluations.push({ epoch, ...scores });
        record?.append({
          kind: "evaluation",
          step,
          epoch: epoch + 1,
          accuracy,
          ...(top5 !== undefined && { top5 }),
          seconds,
        });
        listener.onEvaluation?.(epoch, result, measure);
      }
      save();
    }
  } finally {
    await batches.return(undefined);
    executable.dispose();
    evaluator.dispose();
    tf.dispose([...state.values()]);
  }
  return {
    finished: !stopped,
    steps: step,
    measure,
    lastLoss,
    seconds: (performance.now() - began) / 1000,
    waitedSeconds,
    evaluations,
    ...(confusion && { confusion }),
    ...(path !== undefined && { checkpoint: path }),
  };
}
