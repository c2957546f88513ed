/**
 * @file Evaluation: the forward program of the same model over a test split.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "../src/models/model.js";
import { traceForward } from "../src/transforms/trainingStep.js";
import type { ImageDataset } from "./data/dataset.js";
import { execute, prepare } from "./executor.js";

export interface Evaluation {
  /** Share of test examples whose class got the highest logit. */
  readonly accuracy: number;
  readonly examples: number;
}

/** Images at a time; a last, smaller batch is filled up and its surplus not counted. */
const EVALUATION_BATCH = 500;

/** Makes a function that evaluates with the parameters and state it is given, by name. */
export function evaluator(
  model: Classifier,
  { test, image, channels }: ImageDataset,
): (state: ReadonlyMap<string, tf.Tensor>) => Evaluation {
  const batch = Math.min(EVALUATION_BATCH, test.count);
  const executable = prepare(traceForward(model, batch, "f32"));
  return (state) => {
    let correct = 0;
    for (let start = 0; start < test.count; start += batch) {
      const indices = Int32Array.from({ length: batch }, (_, i) => Math.min(start + i, test.count - 1));
      const { pixels, labels } = test.examples(indices);
      const inputs = executable.program.inputs.map(({ name }) =>
        name === "images" ? tf.tensor(pixels, [batch, image, image, channels]) : state.get(name)!,
      );
      const [outputs] = execute(executable, [inputs]);
      const [logits] = outputs as [tf.Tensor2D];
      const classes = tf.tidy(() => tf.argMax(logits, 1).dataSync());
      tf.dispose(outputs!);
      const counted = Math.min(batch, test.count - start);
      for (let i = 0; i < counted; i++) if (classes[i] === labels[i]) correct++;
    }
    return { accuracy: correct / test.count, examples: test.count };
  };
}
