/**
 * @file Evaluation: the forward program of the same model over a test split.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "../src/models/model.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import { UserError } from "../src/units/userError.js";
import { type Evaluation, tallyOf } from "./confusion.js";
import type { ImageDataset } from "./data/dataset.js";
import { BATCHES_AHEAD, prefetch } from "./data/prefetch.js";
import { execute, prepare } from "./executor.js";

export type { Evaluation } from "./confusion.js";

/** Images at a time; a last, smaller batch is filled up and its surplus not counted. */
const EVALUATION_BATCH = 500;

/** Pixel values at a time, 24 MB: of large images 500 would take gigabytes with the batches ahead and the activations. */
const EVALUATION_VALUES = EVALUATION_BATCH * 64 * 64 * 3;

export interface Evaluator {
  /** Evaluates with the parameters and state it is given, by name. */
  readonly evaluate: (state: ReadonlyMap<string, tf.Tensor>) => Promise<Evaluation>;
  readonly dispose: () => void;
}

/** Prepares the forward program of a model for the test split of a data set. */
export function prepareEvaluation(model: Classifier, { test, image, channels }: ImageDataset): Evaluator {
  const affordable = Math.max(1, Math.floor(EVALUATION_VALUES / (image * image * channels)));
  const batch = Math.min(EVALUATION_BATCH, affordable, test.count);
  const executable = prepare(traceForward(model, batch, "f32"));
  const evaluate: Evaluator["evaluate"] = async (state) => {
    const tally = tallyOf(model.classes);
    const batches = prefetch(0, Math.ceil(test.count / batch), BATCHES_AHEAD, (number) =>
      test.examples(
        Int32Array.from({ length: batch }, (_, i) => Math.min(number * batch + i, test.count - 1)),
      ),
    );
    let start = 0;
    for await (const { pixels, labels, missing } of batches) {
      const inputs = executable.program.inputs.map(({ name }) =>
        name === "images" ? tf.tensor(pixels, [batch, image, image, channels]) : state.get(name)!,
      );
      const [outputs] = execute(executable, [inputs]);
      const [logits] = outputs as [tf.Tensor2D];
      const values = logits.dataSync();
      tf.dispose(outputs!);
      const counted = Math.min(batch, test.count - start);
      const unreadable = new Set(missing);
      for (let i = 0; i < counted; i++) {
        if (unreadable.has(i)) continue;
        tally.add(values.subarray(i * model.classes, (i + 1) * model.classes), labels[i]!);
      }
      start += batch;
    }
    const evaluation = tally.evaluation();
    if (evaluation.examples === 0)
      throw new UserError(`none of the ${test.count} images to evaluate on can be read`);
    return evaluation;
  };
  return { evaluate, dispose: executable.dispose };
}
