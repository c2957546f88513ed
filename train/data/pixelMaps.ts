/**
 * @file RandAugment's operations on colours, as PIL has them and big_vision's pp/autoaugment.py writes them again:
 * tables from byte to byte, and blends with a degenerate image. Fractions are cut off, as its casts to uint8 do.
 */
import type { Raster } from "./raster.js";

const VALUES = 256;
const HIGHEST = VALUES - 1;

/** Pixels from here on are inverted by default, and those below are added to. */
const MIDDLE = 128;

type Table = Uint8Array;

function tableOf(map: (value: number) => number): Table {
  // An array of bytes cuts fractions off itself, but wraps around.
  return Uint8Array.from({ length: VALUES }, (_, value) => Math.min(Math.max(map(value), 0), HIGHEST));
}

/** One table for all channels. */
function mapped({ bytes, ...rest }: Raster, table: Table): Raster {
  const result = new Uint8Array(bytes.length);
  for (let p = 0; p < bytes.length; p++) result[p] = table[bytes[p]!]!;
  return { ...rest, bytes: result };
}

/** A table a channel, made of how often the channel has each value. */
function mappedByChannel(raster: Raster, tableFor: (histogram: Uint32Array) => Table): Raster {
  const { bytes, channels, side } = raster;
  const result = new Uint8Array(bytes.length);
  for (let channel = 0; channel < channels; channel++) {
    const histogram = new Uint32Array(VALUES);
    for (let p = channel; p < bytes.length; p += channels) histogram[bytes[p]!]! += 1;
    const table = tableFor(histogram);
    for (let p = channel; p < bytes.length; p += channels) result[p] = table[bytes[p]!]!;
  }
  return { bytes: result, side, channels };
}

const unchanged = tableOf((value) => value);

export const inverted = (raster: Raster) =>
  mapped(
    raster,
    tableOf((value) => HIGHEST - value),
  );

/** What is not below `threshold` is inverted. */
export const solarized = (raster: Raster, threshold = MIDDLE) =>
  mapped(
    raster,
    tableOf((value) => (value < threshold ? value : HIGHEST - value)),
  );

/** What is below the middle gets `addition` more. */
export const solarizeAdded = (raster: Raster, addition: number) =>
  mapped(
    raster,
    tableOf((value) => (value < MIDDLE ? value + addition : value)),
  );

/** The highest `bits` bits of each byte. */
export function posterized(raster: Raster, bits: number): Raster {
  const shift = Math.min(Math.max(8 - bits, 0), 8);
  return mapped(
    raster,
    tableOf((value) => (value >> shift) << shift),
  );
}

/** Each channel stretched, so that its darkest is 0 and its lightest 255. */
export const autoContrasted = (raster: Raster) =>
  mappedByChannel(raster, (histogram) => {
    const lowest = histogram.findIndex((count) => count > 0);
    const highest = histogram.findLastIndex((count) => count > 0);
    if (highest <= lowest) return unchanged;
    return tableOf((value) => ((value - lowest) * HIGHEST) / (highest - lowest));
  });

/** Each channel mapped so that all values are about as frequent. */
export const equalized = (raster: Raster) =>
  mappedByChannel(raster, (histogram) => {
    const highest = histogram.findLastIndex((count) => count > 0);
    const total = histogram.reduce((sum, count) => sum + count, 0);
    const step = Math.floor((total - histogram[highest]!) / HIGHEST);
    if (step === 0) return unchanged;
    const below = new Uint32Array(VALUES);
    for (let value = 1; value < VALUES; value++) below[value] = below[value - 1]! + histogram[value - 1]!;
    return tableOf((value) => Math.floor((below[value]! + Math.floor(step / 2)) / step));
  });

/** `factor` 0 gives `from`, 1 `to`, 2 twice as far away from `from`. */
const blend = (from: number, to: number, factor: number) =>
  Math.min(Math.max(from + factor * (to - from), 0), HIGHEST);

function blended({ bytes, ...rest }: Raster, degenerate: Uint8Array, factor: number): Raster {
  const result = new Uint8Array(bytes.length);
  for (let p = 0; p < bytes.length; p++) result[p] = blend(degenerate[p]!, bytes[p]!, factor);
  return { ...rest, bytes: result };
}

/** Blended with an image that has the same value everywhere. */
const blendedWith = (raster: Raster, value: number, factor: number) =>
  mapped(
    raster,
    tableOf((byte) => blend(value, byte, factor)),
  );

/** ITU-R 601-2 luma in 16 bits, as PIL's convert("L"). */
const LUMA = [19595, 38470, 7471] as const;
const LUMA_BITS = 16;

/** Lightness, in every channel. */
function grey({ bytes, channels }: Raster): Uint8Array {
  if (channels === 1) return bytes;
  const [red, green, blue] = LUMA;
  const result = new Uint8Array(bytes.length);
  for (let p = 0; p < bytes.length; p += channels) {
    const sum = bytes[p]! * red + bytes[p + 1]! * green + bytes[p + 2]! * blue;
    const luma = (sum + (1 << (LUMA_BITS - 1))) >> LUMA_BITS;
    for (let channel = 0; channel < channels; channel++) result[p + channel] = luma;
  }
  return result;
}

/** Between grey and more than its own colours. */
export const coloured = (raster: Raster, factor: number) => blended(raster, grey(raster), factor);

/**
 * Between its mean lightness and more contrast than it has. The mean is PIL's; big_vision's divides the number of
 * pixels by 256 instead, which is 196 at 224 × 224 whatever the image, and 3 at 28 × 28.
 */
export function contrasted(raster: Raster, factor: number): Raster {
  const lightness = grey(raster);
  const mean = lightness.reduce((sum, value) => sum + value, 0) / lightness.length;
  return blendedWith(raster, Math.floor(mean + 0.5), factor);
}

/** Between black and more light than it has. */
export const brightened = (raster: Raster, factor: number) => blendedWith(raster, 0, factor);

/** PIL's SMOOTH: a pixel counts five times, its eight neighbours once. */
const SMOOTH_CENTRE = 5;
const SMOOTH_SUM = SMOOTH_CENTRE + 8;

/** Each inner pixel the mean of itself and those around it; the outermost as they are. */
function smooth({ bytes, side, channels }: Raster): Uint8Array {
  const result = bytes.slice();
  const row = side * channels;
  for (let y = 1; y < side - 1; y++) {
    for (let p = y * row + channels; p < (y + 1) * row - channels; p++) {
      let sum = (SMOOTH_CENTRE - 1) * bytes[p]!;
      for (let middle = p - row; middle <= p + row; middle += row) {
        sum += bytes[middle - channels]! + bytes[middle]! + bytes[middle + channels]!;
      }
      result[p] = Math.floor(sum / SMOOTH_SUM);
    }
  }
  return result;
}

/** Between smooth and sharper than it is. */
export const sharpened = (raster: Raster, factor: number) => blended(raster, smooth(raster), factor);
