/**
 * @file A training run: executes the training program step after step on real data, evaluates after each epoch,
 * and keeps checkpoints from which it can go on as if nothing had happened.
 */

import { mkdirSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "../src/models/model.js";
import type { ModelOptions } from "../src/models/options.js";
import { buildModel } from "../src/models/zoo.js";
import { elementCount, formatType, type Program, sameShape } from "../src/program/types.js";
import { defaultHyperparameters } from "../src/transforms/optimizer.js";
import { defaultPlan, type Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { UserError } from "../src/units/userError.js";
import type { Checkpoint } from "./checkpoint.js";
import {
  CHECKPOINTS_KEPT,
  checkpointFiles,
  keepCheckpoint,
  newestCheckpoint,
  removeLeftovers,
} from "./checkpoints.js";
import type { Confusion } from "./confusion.js";
import type { ImageDataset, ImageExamples } from "./data/dataset.js";
import { epochOrder } from "./data/order.js";
import { BATCHES_AHEAD, prefetch, wholeBatch } from "./data/prefetch.js";
import { type Evaluation, prepareEvaluation } from "./evaluate.js";
import { type Executable, execute, prepare } from "./executor.js";
import { initialState, type StateTensor, uniformNoise } from "./initialize.js";
import { openMetrics } from "./metrics.js";
import { learningRateAt, type Schedule } from "./schedule.js";

export interface TrainingOptions {
  readonly model: string;
  readonly modelOptions: ModelOptions;
  readonly plan: Partial<Plan> & Pick<Plan, "globalBatch">;
  readonly dataset: ImageDataset;
  readonly epochs: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly seed: number;
  /** Folder for checkpoints and metrics; nothing is kept without it. */
  readonly out?: string;
  /** Go on from the newest whole checkpoint in `out`. */
  readonly resume: boolean;
  /** Steps between checkpoints; there is one at the end of every epoch too. */
  readonly checkpointEvery: number;
  /** Checkpoints to keep, the newest ones; 3 unless given. */
  readonly keep?: number;
}

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
  readonly onEvaluation?: (epoch: number, evaluation: Evaluation) => void;
  /** Told of a checkpoint that is passed over because it is not whole, and why. */
  readonly onDamaged?: (why: string) => void;
  /** Asked after every step; true ends the run after a checkpoint. */
  readonly shouldStop?: () => boolean;
}

export interface TrainingResult {
  readonly finished: boolean;
  readonly steps: number;
  readonly lastLoss: number;
  readonly evaluations: readonly EpochEvaluation[];
  /** Of the last evaluation: examples by class (row) and answer (column). */
  readonly confusion?: Confusion;
  readonly checkpoint?: string;
}

/** The whole matrix is kept of the last epoch only: with many classes it is large. */
export type EpochEvaluation = Omit<Evaluation, "confusion"> & { readonly epoch: number };

/** What a run is, before any of it has run. */
export interface RunSetup {
  readonly model: Classifier;
  readonly plan: Plan;
  readonly stepsPerEpoch: number;
  readonly schedule: Schedule;
}

/** The model as the data set needs it: its image size, channels and classes unless the options say otherwise. */
function modelFor({ model: name, modelOptions, dataset }: TrainingOptions): Classifier {
  const { image, channels } = dataset;
  const classes = dataset.classes.length;
  const probe = buildModel(name);
  if (probe.kind !== "classifier") {
    const wanted = probe.kind === "detector" ? "objects in images" : "pairs of images and texts";
    throw new UserError(`${name} learns from ${wanted}, and ${dataset.name} has labels`);
  }
  const model = buildModel(name, { image, channels, classes, ...modelOptions });
  if (model.kind !== "classifier") throw new Error(`${name} changed its kind with its options`);
  if (model.image !== image || model.channels !== channels || model.classes !== classes) {
    throw new UserError(
      `${dataset.name} has ${image}x${image} images of ${channels} channel(s) in ${classes} classes; ` +
        `leave --image, --channels and --classes out`,
    );
  }
  return model;
}

/** What has to agree between a checkpoint and the run that goes on from it. */
function identity(options: TrainingOptions, model: Classifier, plan: Plan): Readonly<Record<string, string>> {
  const { learningRate, warmupSteps, epochs, seed, dataset } = options;
  return {
    model: model.name,
    options: JSON.stringify(model.options),
    plan: JSON.stringify(plan),
    run: JSON.stringify({ data: dataset.identity ?? dataset.name, learningRate, warmupSteps, epochs, seed }),
  };
}

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

const hostTensor = ({ values, shape, dtype }: StateTensor) =>
  tf.tensor(values, [...shape], dtype === "i32" ? "int32" : "float32");

/**
 * The model, plan and steps of a run.
 *
 * @throws UserError when model and data do not go together
 */
export function setUp(options: TrainingOptions): RunSetup {
  const { dataset, epochs } = options;
  const model = modelFor(options);
  const plan: Plan = {
    ...defaultPlan,
    optimizer: model.optimizer,
    activations: "f32",
    devices: 1,
    ...options.plan,
  };
  const { globalBatch: batch } = plan;
  const stepsPerEpoch = Math.floor(dataset.train.count / batch);
  if (stepsPerEpoch === 0) {
    throw new UserError(
      `a batch of ${batch} is more than the ${dataset.train.count} examples of ${dataset.name}`,
    );
  }
  const schedule: Schedule = {
    peak: options.learningRate,
    warmupSteps: options.warmupSteps,
    steps: stepsPerEpoch * epochs,
  };
  return { model, plan, stepsPerEpoch, schedule };
}

/**
 * Trains a classifier.
 *
 * @throws UserError when model and data do not go together, or the checkpoint to resume from is not of this run
 */
export async function train(
  options: TrainingOptions,
  listener: TrainingListener = {},
): Promise<TrainingResult> {
  const { dataset, seed, out, keep = CHECKPOINTS_KEPT } = options;
  const { model, plan, stepsPerEpoch, schedule } = setUp(options);
  const { globalBatch: batch } = plan;
  const program = traceTrainingStep(model, plan, defaultHyperparameters);
  const wanted = identity(options, model, plan);
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
  const evaluation = prepareEvaluation(model, dataset);
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
    return wholeBatch(dataset.train, order, (at % stepsPerEpoch) * batch, batch);
  });
  while (step < schedule.steps && !stopped) {
    const epoch = Math.floor(step / stepsPerEpoch);
    for (let i = step % stepsPerEpoch; i < stepsPerEpoch && !stopped; i++) {
      const examples = await batches.next();
      if (examples.done) throw new Error(`no batch for step ${step}`);
      const learningRate = learningRateAt(schedule, step);
      const stepBegan = performance.now();
      const made = trainStep(executable, state, examples.value, {
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
      listener.onEvaluation?.(epoch, result);
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
  { pixels, labels }: ImageExamples,
  { learningRate, noiseSeed }: { readonly learningRate: number; readonly noiseSeed: string },
): { readonly loss: number; readonly gradientNorm?: number } {
  const inputs = program.inputs.map(({ name, role, value }) => {
    const shape = [...program.types[value]!.shape];
    if (role === "noise") return tf.tensor(uniformNoise(elementCount(shape), `${noiseSeed} ${name}`), shape);
    if (name === "images") return tf.tensor(pixels, shape);
    if (name === "labels") return oneHot(labels, shape[1]!);
    return name === "learningRate" ? tf.scalar(learningRate) : state.get(name)!;
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

function oneHot(labels: Int32Array, classes: number): tf.Tensor {
  const probabilities = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    probabilities[i * classes + label] = 1;
  });
  return tf.tensor(probabilities, [labels.length, classes]);
}
