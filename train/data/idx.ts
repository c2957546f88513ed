/**
 * @file MNIST's file format, IDX, which Fashion-MNIST, KMNIST and others share with it: the images of a split in one
 * file, their labels in another, small enough to be kept in memory.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { UserError } from "../../src/units/userError.js";
import { augment, cropOf, type Draw, drawFor, randomOf } from "./augment.js";
import type { Split } from "./dataset.js";
import { writePixels } from "./decodedSplit.js";
import { loadDecode } from "./decodeWorkers.js";
import type { Raster } from "./raster.js";

/** A split as bytes: grey images, one after the other, and a label each. */
export interface Rasters {
  readonly side: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

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
  // Two negative sizes make a product that looks right.
  if (shape.some((n) => n < 0)) throw new UserError(`${path}: a size of ${Math.min(...shape)} in its header`);
  if (file.length < start + size) {
    throw new UserError(`${path}: truncated: ${file.length - start} of ${size} bytes of data`);
  }
  return { shape, data: file.subarray(start, start + size) };
}

/** The file of this name, or as it is downloaded, compressed. */
function idxPath(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`].map((file) => join(folder, file)).find((path) => existsSync(path));
}

/** EMNIST ByClass, the largest set in this format, has 547 MB of images; a small file that unpacks to more is none. */
const MOST_UNCOMPRESSED_BYTES = 2 ** 30;

function uncompressed(path: string, file: Buffer): Buffer {
  if (!path.endsWith(".gz")) return file;
  try {
    return gunzipSync(file, { maxOutputLength: MOST_UNCOMPRESSED_BYTES });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new UserError(`${path}: ${isTooLarge ? "more than 1 GiB when unpacked" : "not a whole gzip file"}`);
  }
}

function readIdx(folder: string, name: string) {
  const path = idxPath(folder, name);
  if (path === undefined) throw new UserError(`${folder}: there is no ${name}, with or without .gz`);
  return parseIdx(path, uncompressed(path, readFileSync(path)));
}

const imagesFile = (split: string) => `${split}-images-idx3-ubyte`;
const labelsFile = (split: string) => `${split}-labels-idx1-ubyte`;

/** Whether a folder has a training split in this format. */
export const hasIdxFiles = (folder: string) => idxPath(folder, imagesFile("train")) !== undefined;

/**
 * One split of a folder of IDX files; the splits are called `train` and `t10k`.
 *
 * @throws UserError when a file is missing or damaged, images are not square, or there are not as many labels
 */
export function readRasters(folder: string, split: "train" | "t10k"): Rasters {
  const images = readIdx(folder, imagesFile(split));
  const labels = readIdx(folder, labelsFile(split));
  const [count, height, width] = images.shape;
  if (height === undefined || height !== width || images.shape.length !== 3) {
    throw new UserError(`${folder}: ${imagesFile(split)} has the shape ${images.shape.join("x")}, not NxSxS`);
  }
  if (count === 0 || height === 0) throw new UserError(`${folder}: no images in ${imagesFile(split)}`);
  if (count !== labels.shape[0]) {
    throw new UserError(`${folder}: ${count} images but ${labels.shape[0]} labels for ${split}`);
  }
  return { side: height, images: images.data, labels: labels.data };
}

/** `sharp` is loaded for the one step that needs it: the others are taken here, at once. */
async function augmentedRaster(raster: Raster, draw: Draw): Promise<Raster> {
  if (cropOf(draw.augmentation) === undefined) return augment(raster, draw.augmentation, randomOf(draw));
  const { augmentRaster } = await loadDecode();
  return augmentRaster(raster, 1, draw);
}

/** The split of images that are in memory. */
export function rasterSplit({ side, images, labels }: Rasters): Split {
  const length = side * side;
  return {
    count: labels.length,
    examples: async (indices, augmented) => {
      const pixels = new Float32Array(indices.length * length);
      const one = async (index: number, i: number) => {
        const bytes = images.subarray(index * length, (index + 1) * length);
        const draw = drawFor(augmented, index);
        const shown = draw ? (await augmentedRaster({ bytes, side, channels: 1 }, draw)).bytes : bytes;
        writePixels(pixels, i * length, shown);
      };
      await Promise.all(Array.from(indices, one));
      return { pixels, labels: Int32Array.from(indices, (index) => labels[index]!), missing: [] };
    },
  };
}
