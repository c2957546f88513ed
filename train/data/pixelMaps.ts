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
  return { ...rest, bytes: bytes.map((byte) => table[byte]!) };
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

/** `factor` 0 gives `degenerate`, 1 the image, 2 twice as far away from `degenerate`. */
function blended(raster: Raster, degenerate: (place: number) => number, factor: number): Raster {
  const { bytes, ...rest } = raster;
  return {
    ...rest,
    bytes: bytes.map((byte, place) => {
      const from = degenerate(place);
      return Math.min(Math.max(from + factor * (byte - from), 0), HIGHEST);
    }),
  };
}

/** ITU-R 601-2 luma in 16 bits, as PIL's convert("L"). */
const LUMA = [19595, 38470, 7471] as const;
const LUMA_BITS = 16;

/** Lightness of the pixel that begins at `place`. */
function luma({ bytes, channels }: Raster, place: number): number {
  if (channels === 1) return bytes[place]!;
  const [red, green, blue] = LUMA;
  const sum = bytes[place]! * red + bytes[place + 1]! * green + bytes[place + 2]! * blue;
  return (sum + (1 << (LUMA_BITS - 1))) >> LUMA_BITS;
}

/** Between grey and more than its own colours. */
export const coloured = (raster: Raster, factor: number) =>
  blended(raster, (place) => luma(raster, place - (place % raster.channels)), factor);

/**
 * Between its mean lightness and more contrast than it has. The mean is PIL's; big_vision's divides the number of
 * pixels by 256 instead, which is 196 at 224 × 224 whatever the image, and 3 at 28 × 28.
 */
export function contrasted(raster: Raster, factor: number): Raster {
  const { bytes, channels } = raster;
  let sum = 0;
  for (let place = 0; place < bytes.length; place += channels) sum += luma(raster, place);
  const mean = Math.floor(sum / (bytes.length / channels) + 0.5);
  return blended(raster, () => mean, factor);
}

/** Between black and more light than it has. */
export const brightened = (raster: Raster, factor: number) => blended(raster, () => 0, factor);

/** PIL's SMOOTH: a pixel counts five times, its eight neighbours once. */
const SMOOTH_CENTRE = 5;
const SMOOTH_SUM = SMOOTH_CENTRE + 8;

/** Between smooth and sharper than it is; the outermost pixels stay as they are. */
export function sharpened(raster: Raster, factor: number): Raster {
  const { bytes, side, channels } = raster;
  const row = side * channels;
  const smooth = (place: number): number => {
    const x = Math.floor(place / channels) % side;
    const y = Math.floor(place / row);
    if (x === 0 || y === 0 || x === side - 1 || y === side - 1) return bytes[place]!;
    let sum = (SMOOTH_CENTRE - 1) * bytes[place]!;
    for (let down = -row; down <= row; down += row) {
      for (let right = -channels; right <= channels; right += channels) sum += bytes[place + down + right]!;
    }
    return Math.floor(sum / SMOOTH_SUM);
  };
  return blended(raster, smooth, factor);
}
