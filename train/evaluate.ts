/** @file Evaluation on a test split: what is the same for all models, and a classifier's. */
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "../src/models/model.js";
import { averageName } from "../src/transforms/average.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import { UserError } from "../src/units/userError.js";
import { type Evaluation, type Tally, tallyOf } from "./confusion.js";
import type { ImageDataset, ImageExamples, Split } from "./data/dataset.js";
import { BATCHES_AHEAD, prefetch } from "./data/prefetch.js";
import { type Executable, execute, prepare } from "./executor.js";

export type { Evaluation } from "./confusion.js";

/** Parameters and state by name. */
export type TrainState = ReadonlyMap<string, tf.Tensor>;

export interface Evaluator {
  /** Evaluates with the parameters and state it is given; with the parameters' moving averages where they are kept. */
  readonly evaluate: (state: TrainState) => Promise<Evaluation>;
  readonly dispose: () => void;
}

/** Examples at a time; a last, smaller batch is filled up and its surplus not counted. */
const EVALUATION_BATCH = 500;

/** Pixel values at a time, 24 MB: of large images 500 would take gigabytes with the batches ahead and the activations. */
const EVALUATION_VALUES = EVALUATION_BATCH * 64 * 64 * 3;

/** As many as the memory is meant for. */
export function imagesAtATime({ test, image, channels }: ImageDataset): number {
  const affordable = Math.max(1, Math.floor(EVALUATION_VALUES / (image * image * channels)));
  return Math.min(EVALUATION_BATCH, affordable, test.count);
}

/** A split in order, in batches of one size; the last example fills the last of them up. */
export function inBatches(split: Split, batch: number): AsyncGenerator<ImageExamples, undefined> {
  return prefetch(0, Math.ceil(split.count / batch), BATCHES_AHEAD, (number) =>
    split.examples(
      Int32Array.from({ length: batch }, (_, i) => Math.min(number * batch + i, split.count - 1)),
    ),
  );
}

/** Runs a forward program on one batch input. @returns its only output, the caller's to dispose */
export function forward(
  executable: Executable,
  state: TrainState,
  values: Float32Array | Int32Array,
): tf.Tensor2D {
  const { inputs, types } = executable.program;
  const tensors = inputs.map(({ name, role, value }) => {
    if (role !== "batch") return state.get(averageName(name)) ?? state.get(name)!;
    const { dtype, shape } = types[value]!;
    return tf.tensor(values, [...shape], dtype === "i32" ? "int32" : "float32");
  });
  const [outputs] = execute(executable, [tensors]);
  return outputs![0] as tf.Tensor2D;
}

/** Counts the rows of a batch that are examples and could be read. */
export function countRows(
  tally: Tally,
  rows: Float32Array,
  { labels, missing }: Pick<ImageExamples, "labels" | "missing">,
  counted: number,
): void {
  const width = rows.length / labels.length;
  const unreadable = new Set(missing);
  for (let i = 0; i < counted; i++) {
    if (!unreadable.has(i) && labels[i]! >= 0)
      tally.add(rows.subarray(i * width, (i + 1) * width), labels[i]!);
  }
}

/** @throws UserError when there was nothing to evaluate on */
export function evaluationOf(tally: Tally, { count }: Split): Evaluation {
  const evaluation = tally.evaluation();
  if (evaluation.examples > 0) return evaluation;
  throw new UserError(`none of the ${count} images to evaluate on can be read`);
}

/** Top-1 and top-5 of a classifier. */
export function classifierEvaluation(model: Classifier, dataset: ImageDataset): Evaluator {
  const { test } = dataset;
  const batch = imagesAtATime(dataset);
  const executable = prepare(traceForward(model, batch, "f32"));
  const evaluate: Evaluator["evaluate"] = async (state) => {
    const tally = tallyOf(model.classes);
    let start = 0;
    for await (const examples of inBatches(test, batch)) {
      const logits = forward(executable, state, examples.pixels);
      countRows(tally, logits.dataSync() as Float32Array, examples, Math.min(batch, test.count - start));
      logits.dispose();
      start += batch;
    }
    return evaluationOf(tally, test);
  };
  return { evaluate, dispose: executable.dispose };
}
