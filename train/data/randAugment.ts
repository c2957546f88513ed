/**
 * @file RandAugment (arXiv 1909.13719): operations drawn from a list, all of one magnitude. List, ranges and fill are those of
 * `distort_image_with_randaugment` in big_vision's pp/autoaugment.py.
 */
import * as maps from "./pixelMaps.js";
import { type Affine, covered, type Raster, rotation, transformed } from "./raster.js";

/** From 0 to below 1. */
export type Random = () => number;

/** `_MAX_LEVEL`: the magnitude at which ranges end. */
const FULL_MAGNITUDE = 10;

/** `replace_value`: what comes in from outside is grey. */
const GREY = 128;

/** Degrees, `_rotate_level_to_arg`. */
const ROTATION = 30;
/** `_shear_level_to_arg` */
const SHEAR = 0.3;
/**
 * `translate_const=100` and `cutout_const=40` are pixels of ImageNet's 224; here they are so much of the side. As pixels
 * they would leave nothing of a small image.
 */
const TRANSLATION = 100 / 224;
const CUTOUT = 40 / 224;
/** Bits, threshold and addition in `level_to_arg`. */
const POSTERIZE = 4;
const SOLARIZE = 256;
const SOLARIZE_ADD = 110;

/** `_enhance_level_to_arg` */
const enhancement = (level: number) => level * 1.8 + 0.1;

/** `_randomly_negate_tensor` */
const either = (value: number, random: Random) => (random() < 0.5 ? -value : value);

const moved = (raster: Raster, matrix: Affine) => transformed(raster, matrix, GREY);

function cutOut(raster: Raster, half: number, random: Random): Raster {
  const y = Math.floor(random() * raster.side);
  const x = Math.floor(random() * raster.side);
  return covered(raster, x - half, y - half, x + half, y + half, GREY);
}

type Operation = (raster: Raster, level: number, random: Random) => Raster;

/** In `available_ops`' order; `level` is the share of the full magnitude. */
export const randAugmentOperations = {
  AutoContrast: (raster) => maps.autoContrasted(raster),
  Equalize: (raster) => maps.equalized(raster),
  Invert: (raster) => maps.inverted(raster),
  Rotate: (raster, level, random) =>
    moved(raster, rotation(raster.side, (either(level * ROTATION, random) * Math.PI) / 180)),
  Posterize: (raster, level) => maps.posterized(raster, Math.trunc(level * POSTERIZE)),
  Solarize: (raster, level) => maps.solarized(raster, Math.trunc(level * SOLARIZE)),
  Color: (raster, level) => maps.coloured(raster, enhancement(level)),
  Contrast: (raster, level) => maps.contrasted(raster, enhancement(level)),
  Brightness: (raster, level) => maps.brightened(raster, enhancement(level)),
  Sharpness: (raster, level) => maps.sharpened(raster, enhancement(level)),
  ShearX: (raster, level, random) => moved(raster, [1, either(level * SHEAR, random), 0, 0, 1, 0]),
  ShearY: (raster, level, random) => moved(raster, [1, 0, 0, either(level * SHEAR, random), 1, 0]),
  TranslateX: (raster, level, random) =>
    moved(raster, [1, 0, either(level * TRANSLATION * raster.side, random), 0, 1, 0]),
  TranslateY: (raster, level, random) =>
    moved(raster, [1, 0, 0, 0, 1, either(level * TRANSLATION * raster.side, random)]),
  Cutout: (raster, level, random) => cutOut(raster, Math.trunc(level * CUTOUT * raster.side), random),
  SolarizeAdd: (raster, level) => maps.solarizeAdded(raster, Math.trunc(level * SOLARIZE_ADD)),
} satisfies Record<string, Operation>;

const operations: readonly Operation[] = Object.values(randAugmentOperations);

/** `layers` operations one after the other, each drawn from all. */
export function randAugmented(raster: Raster, layers: number, magnitude: number, random: Random): Raster {
  let result = raster;
  for (let layer = 0; layer < layers; layer++) {
    const operation = operations[Math.floor(random() * operations.length)]!;
    result = operation(result, magnitude / FULL_MAGNITUDE, random);
  }
  return result;
}
