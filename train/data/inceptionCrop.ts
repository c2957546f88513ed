/**
 * @file Where an inception crop lies: a rectangle of random size, aspect ratio and place, drawn as TensorFlow's
 * sample_distorted_bounding_box_op.cc draws it, which big_vision's `decode_jpeg_and_inception_crop` calls.
 */
import type { Random } from "./randAugment.js";

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Width over height, `ratio_min` and `ratio_max` of big_vision's pp/ops_image.py. */
const ASPECT = { lowest: 0.75, highest: 1.33 } as const;

/** `max_attempts` of the TensorFlow op; then it is the whole image. */
const ATTEMPTS = 100;

/** 0 … n−1 */
const below = (n: number, random: Random) => Math.floor(random() * n);

/** The height is uniform between the least and the greatest that area, aspect ratio and image allow. */
function drawSize(
  width: number,
  height: number,
  minArea: number,
  random: Random,
): { readonly width: number; readonly height: number } | undefined {
  const area = width * height;
  const aspect = ASPECT.lowest + random() * (ASPECT.highest - ASPECT.lowest);
  const widthOf = (h: number) => Math.round(h * aspect);
  let greatest = Math.min(Math.round(Math.sqrt(area / aspect)), Math.floor((width + 0.5) / aspect), height);
  if (widthOf(greatest) > width) greatest -= 1;
  const least = Math.min(Math.round(Math.sqrt(minArea / aspect)), greatest);
  let drawn = least + below(greatest - least + 1, random);
  // Rounding may have gone past a limit by one.
  if (widthOf(drawn) * drawn < minArea) drawn += 1;
  if (widthOf(drawn) * drawn > area) drawn -= 1;
  const size = { width: widthOf(drawn), height: drawn };
  const isWithin = size.width > 0 && size.width <= width && size.height > 0 && size.height <= height;
  return isWithin && size.width * size.height >= minArea ? size : undefined;
}

/** Of an image of `width` × `height` pixels, at least `minAreaPercent` of its area. */
export function inceptionCrop(
  width: number,
  height: number,
  minAreaPercent: number,
  random: Random,
): Rectangle {
  const minArea = (minAreaPercent / 100) * width * height;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const size = drawSize(width, height, minArea, random);
    if (size === undefined) continue;
    const top = below(height - size.height + 1, random);
    const left = below(width - size.width + 1, random);
    return { left, top, ...size };
  }
  return { left: 0, top: 0, width, height };
}
