/**
 * @file Decoding one image: to bytes of the side and channels that a model takes, augmented where that is asked for. A
 * worker runs it, so it loads little besides `sharp`.
 */
import { open } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { augment, cropOf, type Draw, type InceptionCropStep, randomOf } from "./augment.js";
import { inceptionCrop } from "./inceptionCrop.js";
import type { Random } from "./randAugment.js";
import type { Raster } from "./raster.js";

/** Bytes of a file that holds more than the image. */
export interface FilePart {
  readonly start: number;
  readonly size: number;
}

export interface DecodeTask {
  readonly path: string;
  /** Where in that file the image is; the whole of it where this is left out. */
  readonly part?: FilePart;
  /** Side of the square result in pixels. */
  readonly image: number;
  /** 3 for red, green and blue; 1 for grey. */
  readonly channels: 1 | 3;
  /** How it is augmented; its middle as it is where this is left out. */
  readonly draw?: Draw;
}

/** u8 [H,W,C], row-major, or why there is none. */
export type Decoded = { readonly bytes: Uint8Array } | { readonly failure: string };

// One image a thread: batches keep the threads busy, and threads inside an image would only compete with them.
sharp.concurrency(1);
// Every file is read once an epoch, which a cache of a few does not help.
sharp.cache(false);

async function readPart(path: string, { start, size }: FilePart): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(size), 0, size, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A random part of an upright image, made square. */
async function randomPart(
  upright: Sharp,
  image: number,
  { minAreaPercent }: InceptionCropStep,
  random: Random,
): Promise<Sharp> {
  const { width, height } = (await upright.metadata()).autoOrient;
  return upright
    .extract(inceptionCrop(width, height, minAreaPercent, random))
    .resize(image, image, { fit: "fill" });
}

/** The middle of an upright image, square, its shorter side resized. */
const middleOf = (upright: Sharp, image: number): Sharp =>
  upright.resize(image, image, { fit: "cover", position: "centre" });

async function toRaster(square: Sharp, image: number, channels: 1 | 3): Promise<Raster> {
  const flat = square.flatten({ background: "black" });
  const coloured = channels === 1 ? flat.greyscale() : flat.toColourspace("srgb");
  const { data, info } = await coloured.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) throw new Error(`${info.channels} channels, not ${channels}`);
  return { bytes: new Uint8Array(data), side: image, channels };
}

/** At its side and channels: augmented, or its middle. */
async function brought(upright: Sharp, image: number, channels: 1 | 3, draw?: Draw): Promise<Raster> {
  if (draw === undefined) return toRaster(middleOf(upright, image), image, channels);
  const random = randomOf(draw);
  const crop = cropOf(draw.augmentation);
  const square = crop ? await randomPart(upright, image, crop, random) : middleOf(upright, image);
  return augment(await toRaster(square, image, channels), draw.augmentation, random);
}

/** In one line, without the colon that libvips leaves where it has nothing more to say. */
const wordsOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").replace(/[\s:]+$/, "");

/**
 * Decodes a JPEG, PNG or WebP, upright as its EXIF says. What is transparent becomes black. A file that is no whole
 * image is a `failure`, never an exception.
 */
export async function decodeImage({ path, part, image, channels, draw }: DecodeTask): Promise<Decoded> {
  try {
    const upright = sharp(part ? await readPart(path, part) : path).rotate();
    return { bytes: (await brought(upright, image, channels, draw)).bytes };
  } catch (error) {
    return { failure: wordsOf(error) };
  }
}

/** An image in memory that has the model's size, augmented with steps that need `sharp`. */
export function augmentRaster({ bytes, side }: Raster, channels: 1 | 3, draw: Draw): Promise<Raster> {
  return brought(sharp(bytes, { raw: { width: side, height: side, channels } }), side, channels, draw);
}
