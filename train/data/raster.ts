/** @file A square image as bytes, and what is done to one pixel by pixel. None of these changes what it is given. */

export interface Raster {
  /** u8 [side, side, channels], row-major. */
  readonly bytes: Uint8Array;
  readonly side: number;
  readonly channels: number;
}

/** Left and right exchanged. */
export function flipped({ bytes, side, channels }: Raster): Raster {
  const result = new Uint8Array(bytes.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = (y * side + x) * channels;
      const to = (y * side + side - 1 - x) * channels;
      for (let c = 0; c < channels; c++) result[to + c] = bytes[from + c]!;
    }
  }
  return { bytes: result, side, channels };
}

/** Moved by whole pixels, right and down; black where nothing was. */
export function shifted({ bytes, side, channels }: Raster, right: number, down: number): Raster {
  const result = new Uint8Array(bytes.length);
  const width = Math.max(side - Math.abs(right), 0);
  for (let y = Math.max(down, 0); y < Math.min(side + down, side); y++) {
    const from = ((y - down) * side + Math.max(-right, 0)) * channels;
    result.set(bytes.subarray(from, from + width * channels), (y * side + Math.max(right, 0)) * channels);
  }
  return { bytes: result, side, channels };
}

/** The matrix [a b c; d e f]: where in the old image, in pixels, what stands at (x, y) in the new one is from. */
export type Affine = readonly [number, number, number, number, number, number];

/**
 * The nearest pixel of where `matrix` points, on the canvas as it was; `fill` where that is outside. This is
 * `tensorflow_addons.image.transform` in its default form, NEAREST. (sharp's affine grows the canvas, and where the
 * old one then lies depends on its rounding.)
 */
export function transformed({ bytes, side, channels }: Raster, matrix: Affine, fill: number): Raster {
  const [a, b, c, d, e, f] = matrix;
  const result = new Uint8Array(bytes.length).fill(fill);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const fromX = Math.round(a * x + b * y + c);
      const fromY = Math.round(d * x + e * y + f);
      if (fromX < 0 || fromX >= side || fromY < 0 || fromY >= side) continue;
      const from = (fromY * side + fromX) * channels;
      const to = (y * side + x) * channels;
      for (let channel = 0; channel < channels; channel++) result[to + channel] = bytes[from + channel]!;
    }
  }
  return { bytes: result, side, channels };
}

/** About the middle, as `tensorflow_addons.image.rotate`. */
export function rotation(side: number, radians: number): Affine {
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  const last = side - 1;
  return [cos, -sin, (last - (cos - sin) * last) / 2, sin, cos, (last - (sin + cos) * last) / 2];
}

/** A rectangle set to `fill`; what of it is outside is nothing. */
export function covered(
  { bytes, side, channels }: Raster,
  left: number,
  top: number,
  right: number,
  bottom: number,
  fill: number,
): Raster {
  const result = bytes.slice();
  const from = Math.max(left, 0);
  const to = Math.max(Math.min(right, side), from);
  for (let y = Math.max(top, 0); y < Math.min(bottom, side); y++) {
    result.fill(fill, (y * side + from) * channels, (y * side + to) * channels);
  }
  return { bytes: result, side, channels };
}
