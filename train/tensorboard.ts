/**
 * @file TensorBoard's event files, through tfjs-node's own writer: one file each time a run begins or goes on. Steps that were
 * lost with a killed run and made again stand in two of them, as in any TensorBoard log.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../src/units/userError.js";
import { writing } from "../src/writeWhole.js";
import type { MetricsRow } from "./metrics.js";

/** What of `tf.node.summaryFileWriter` is used; its package is optional, and so are its types. */
interface SummaryWriter {
  readonly scalar: (name: string, value: number, step: number) => void;
  readonly flush: () => void;
}

interface TfjsNode {
  readonly node: { readonly summaryFileWriter: (folder: string) => SummaryWriter };
}

/** The folder in a run's own that `tensorboard --logdir` takes. */
export const TENSORBOARD_FOLDER = "tensorboard";

/** Names of a row's figures in TensorBoard, which groups by what is before the slash. */
const tags = {
  loss: "train/loss",
  learningRate: "train/learning rate",
  gradientNorm: "train/gradient norm",
  examplesPerSecond: "train/examples per second",
  accuracy: "test/accuracy",
  top5: "test/top-5",
} as const;

export interface EventFile {
  readonly append: (row: MetricsRow) => void;
  /** Brings all rows to the disk. */
  readonly sync: () => void;
}

/** @throws UserError on another backend than TensorFlow, whose writer it is, or when the file cannot be written */
export function openTensorBoard(folder: string): EventFile {
  if (tf.getBackend() !== "tensorflow") {
    throw new UserError("--tensorboard needs the tensorflow backend; metrics.csv has the same figures");
  }
  const { node } = createRequire(import.meta.url)("@tensorflow/tfjs-node") as TfjsNode;
  const path = join(folder, TENSORBOARD_FOLDER);
  const writer = writing(path, () => node.summaryFileWriter(path));
  return {
    append: (row) => {
      const figures: Readonly<Partial<Record<string, number | string>>> = { ...row };
      for (const [name, tag] of Object.entries(tags)) {
        const value = figures[name];
        if (typeof value === "number") writing(path, () => writer.scalar(tag, value, row.step));
      }
    },
    sync: () => writing(path, () => writer.flush()),
  };
}
