/**
 * @file Evaluation on a test split: a classifier by its logits; two towers by comparing images with sentences about the
 * classes (zero-shot classification), or with the test split's own captions where there are no classes (retrieval).
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier, TwoTower } from "../src/models/model.js";
import { averageName } from "../src/transforms/average.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import { UserError } from "../src/units/userError.js";
import { tokensOf } from "./batch.js";
import { sentence } from "./captions.js";
import { type Evaluation, type Tally, tallyOf } from "./confusion.js";
import type { ImageDataset, ImageExamples, Split } from "./data/dataset.js";
import { BATCHES_AHEAD, prefetch } from "./data/prefetch.js";
import type { Tokenizer } from "./data/tokenizer.js";
import { type Executable, execute, prepare } from "./executor.js";

export type { Evaluation } from "./confusion.js";

/** Parameters and state by name. */
export type TrainState = ReadonlyMap<string, tf.Tensor>;

export interface Evaluator {
  /** Evaluates with the parameters and state it is given; with the parameters' moving averages where they are kept. */
  readonly evaluate: (state: TrainState) => Promise<Evaluation>;
  readonly dispose: () => void;
}

/** What the accuracies of an evaluation are of. */
export const measures = ["classification", "zero-shot", "retrieval"] as const;
export type Measure = (typeof measures)[number];

/** Examples at a time; a last, smaller batch is filled up and its surplus not counted. */
const EVALUATION_BATCH = 500;

/** Pixel values at a time, 24 MB: of large images 500 would take gigabytes with the batches ahead and the activations. */
const EVALUATION_VALUES = EVALUATION_BATCH * 64 * 64 * 3;

function imagesAtATime({ test, image, channels }: ImageDataset): number {
  const affordable = Math.max(1, Math.floor(EVALUATION_VALUES / (image * image * channels)));
  return Math.min(EVALUATION_BATCH, affordable, test.count);
}

/** A split in order, in batches of one size; the last example fills the last of them up. */
function batchesOf(split: Split, batch: number): AsyncGenerator<ImageExamples, undefined> {
  return prefetch(0, Math.ceil(split.count / batch), BATCHES_AHEAD, (number) =>
    split.examples(
      Int32Array.from({ length: batch }, (_, i) => Math.min(number * batch + i, split.count - 1)),
    ),
  );
}

/** Runs a forward program on one batch input. @returns its only output, the caller's to dispose */
function forward(executable: Executable, state: TrainState, values: Float32Array | Int32Array): tf.Tensor2D {
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
function countRows(
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
function evaluationOf(tally: Tally, { count }: Split): Evaluation {
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
    for await (const examples of batchesOf(test, batch)) {
      const logits = forward(executable, state, examples.pixels);
      countRows(tally, logits.dataSync() as Float32Array, examples, Math.min(batch, test.count - start));
      logits.dispose();
      start += batch;
    }
    return evaluationOf(tally, test);
  };
  return { evaluate, dispose: executable.dispose };
}

/** Texts as rows of unit length, [n,d]: what the text tower makes of them, in batches of its size. */
function embedTexts(
  executable: Executable,
  state: TrainState,
  texts: readonly string[],
  { tokenizer, textLength, batch }: { tokenizer: Tokenizer; textLength: number; batch: number },
): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [];
  for (let start = 0; start < texts.length; start += batch) {
    const chosen = Array.from({ length: batch }, (_, i) => texts[Math.min(start + i, texts.length - 1)]!);
    parts.push(forward(executable, state, tokensOf(chosen, tokenizer, textLength)));
  }
  return tf.tidy(() => {
    const all = tf.slice(tf.concat(parts), [0, 0], [texts.length, -1]);
    tf.dispose(parts);
    return all;
  });
}

/** The mean of each class's sentences, of unit length again: [classes,d] from rows that go class by class. */
function classVectors(sentences: tf.Tensor2D, prompts: number): tf.Tensor2D {
  return tf.tidy(() => {
    const [rows, width] = sentences.shape;
    const mean = tf.mean(tf.reshape(sentences, [rows / prompts, prompts, width]), 1);
    return tf.div(mean, tf.norm(mean, 2, 1, true)) as tf.Tensor2D;
  });
}

export interface PairEvaluation {
  readonly tokenizer: Tokenizer;
  /** Sentences with a place for the class. */
  readonly prompts: readonly string[];
}

/**
 * Zero-shot top-1 and top-5: the class whose sentences' mean is nearest to the image. Without classes, how often an image's own
 * caption is the nearest of all test captions.
 */
export function pairEvaluation(
  model: TwoTower,
  dataset: ImageDataset,
  { tokenizer, prompts }: PairEvaluation,
): Evaluator {
  const { test, classes } = dataset;
  const batch = imagesAtATime(dataset);
  const images = prepare(traceForward(model, batch, "f32", "image"));
  const texts = prepare(traceForward(model, batch, "f32", "text"));
  const embed = (state: TrainState, sentences: readonly string[]) =>
    embedTexts(texts, state, sentences, { tokenizer, textLength: model.textLength, batch });

  const zeroShot = async (state: TrainState): Promise<Evaluation> => {
    const sentences = embed(
      state,
      classes.flatMap((name) => prompts.map((prompt) => sentence(prompt, name))),
    );
    const vectors = classVectors(sentences, prompts.length);
    sentences.dispose();
    const tally = tallyOf(classes.length);
    let start = 0;
    for await (const examples of batchesOf(test, batch)) {
      const similarities = tf.tidy(() =>
        tf.matMul(forward(images, state, examples.pixels), vectors, false, true),
      );
      countRows(
        tally,
        similarities.dataSync() as Float32Array,
        examples,
        Math.min(batch, test.count - start),
      );
      similarities.dispose();
      start += batch;
    }
    vectors.dispose();
    return evaluationOf(tally, test);
  };

  const retrieval = async (state: TrainState): Promise<Evaluation> => {
    const embedded: tf.Tensor2D[] = [];
    const captions: string[] = [];
    const missing: number[] = [];
    for await (const examples of batchesOf(test, batch)) {
      missing.push(...examples.missing.map((i) => captions.length + i));
      embedded.push(forward(images, state, examples.pixels));
      captions.push(...(examples.captions ?? []));
    }
    const vectors = embed(state, captions.slice(0, test.count));
    const tally = tallyOf(test.count, { keepsConfusion: false });
    embedded.forEach((part, number) => {
      const similarities = tf.tidy(() => tf.matMul(part, vectors, false, true));
      const start = number * batch;
      countRows(
        tally,
        similarities.dataSync() as Float32Array,
        {
          labels: Int32Array.from({ length: batch }, (_, i) => start + i),
          missing: missing.map((i) => i - start),
        },
        Math.min(batch, test.count - start),
      );
      similarities.dispose();
    });
    tf.dispose([...embedded, vectors]);
    return evaluationOf(tally, test);
  };

  return {
    evaluate: classes.length > 0 ? zeroShot : retrieval,
    dispose: () => {
      images.dispose();
      texts.dispose();
    },
  };
}
