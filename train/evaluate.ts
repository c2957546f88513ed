/**
 * @file Evaluation: the forward program of the same model over a test split.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "../src/models/model.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import { type Evaluation, tallyOf } from "./confusion.js";
import type { ImageDataset } from "./data/dataset.js";
import { execute, prepare } from "./executor.js";

export type { Evaluation } from "./confusion.js";

/** Images at a time; a last, smaller batch is filled up and its surplus not counted. */
const EVALUATION_BATCH = 500;

export interface Evaluator {
  /** Evaluates with the parameters and state it is given, by name. */
  readonly evaluate: (state: ReadonlyMap<string, tf.Tensor>) => Evaluation;
  readonly dispose: () => void;
}

/** Prepares the forward program of a model for the test split of a data set. */
export function prepareEvaluation(model: Classifier, { test, image, channels }: ImageDataset): Evaluator {
  const batch = Math.min(EVALUATION_BATCH, test.count);
  const executable = prepare(traceForward(model, batch, "f32"));
  const evaluate: Evaluator["evaluate"] = (state) => {
    const tally = tallyOf(model.classes);
    for (let start = 0; start < test.count; start += batch) {
      const indices = Int32Array.from({ length: batch }, (_, i) => Math.min(start + i, test.count - 1));
      const { pixels, labels } = test.examples(indices);
      const inputs = executable.program.inputs.map(({ name }) =>
        name === "images" ? tf.tensor(pixels, [batch, image, image, channels]) : state.get(name)!,
      );
      const [outputs] = execute(executable, [inputs]);
      const [logits] = outputs as [tf.Tensor2D];
      const values = logits.dataSync();
      tf.dispose(outputs!);
      const counted = Math.min(batch, test.count - start);
      for (let i = 0; i < counted; i++) {
        tally.add(values.subarray(i * model.classes, (i + 1) * model.classes), labels[i]!);
      }
    }
    return tally.evaluation();
  };
  return { evaluate, dispose: executable.dispose };
}
