/**
 * @file Evaluation of two towers: images are compared with sentences about the classes (zero-shot classification), or with the
 * test split's own captions where there are no classes (retrieval).
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TwoTower } from "../src/models/model.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import { tokensOf } from "./batch.js";
import { sentence } from "./captions.js";
import { type Evaluation, tallyOf } from "./confusion.js";
import type { ImageDataset } from "./data/dataset.js";
import type { Tokenizer } from "./data/tokenizer.js";
import {
  countRows,
  type Evaluator,
  evaluationOf,
  forward,
  imagesAtATime,
  inBatches,
  type TrainState,
} from "./evaluate.js";
import { type Executable, prepare } from "./executor.js";

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
    for await (const examples of inBatches(test, batch)) {
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
    for await (const examples of inBatches(test, batch)) {
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
