/**
 * @file RoIAlign (arXiv 1703.06870, section 3): a fixed grid of features for each region, sampled bilinearly. As
 * Cloud TPU's code has it: all pyramid levels in one table of pixels, one sample a bin, so that everything is one
 * gather of static shape.
 */
import { constant, fullLike, iota } from "../../ops/constants.js";
import {
  add,
  compare,
  divide,
  maximum,
  minimum,
  multiply,
  scale,
  select,
  subtract,
} from "../../ops/elementwise.js";
import { gather } from "../../ops/gather.js";
import { reduce } from "../../ops/reduction.js";
import { broadcastInDim, concatenate, convert, reshape } from "../../ops/shape.js";
import type { Tensor } from "../../program/trace.js";
import { areaOf, type Boxes, heightOf, widthOf } from "./boxes.js";
import { batchIndices } from "./rows.js";

/** A level of the pyramid, [b,side/2^level,side/2^level,C]. */
export interface PyramidLevel {
  readonly level: number;
  readonly features: Tensor;
}

/** A region of this many pixels a side belongs to P4 (arXiv 1612.03144, equation 1). */
const CANONICAL_SIZE = 224;
const CANONICAL_LEVEL = 4;

/**
 * For each box the position of its level in `levels`, i32: ⌊4 + log₂(√area / 224)⌋, as a count of the thresholds
 * that its area reaches.
 */
function assignLevels(boxes: Boxes, levels: readonly number[]): Tensor {
  const area = areaOf(boxes);
  const reached = levels.slice(1).map((level) => {
    const side = CANONICAL_SIZE * 2 ** (level - CANONICAL_LEVEL);
    return convert(compare("GE", area, fullLike(area, side * side)), "i32");
  });
  return reached.reduce(add, constant(area.trace, 0, "i32", area.shape));
}

/** For each position in a list the list's value there. */
function lookUp(positions: Tensor, values: readonly number[], dtype: "f32" | "i32"): Tensor {
  const { trace, shape } = positions;
  return values
    .map((value) => constant(trace, value, dtype, shape))
    .reduce((found, value, i) => select(compare("EQ", positions, fullLike(positions, i)), value, found));
}

/** Two neighbouring pixels along one axis and their weights, [b,n,size,2]. */
interface Samples {
  readonly pixels: Tensor;
  readonly weights: Tensor;
}

/**
 * Where the centres of `size` bins fall between the pixels of a level, whose own centres lie at half-integers.
 *
 * @param from where each box begins, in pixels of the level, f32[b,n]
 * @param length and how long it is
 * @param pixels of the level along the axis, f32[b,n]
 */
function samplesAlong(from: Tensor, length: Tensor, pixels: Tensor, size: number): Samples {
  const { trace } = from;
  const [batch, n] = from.shape as [number, number];
  const bins = [batch, n, size];
  const perBin = (x: Tensor) => broadcastInDim(x, bins, [0, 1]);
  const bin = add(iota(trace, "f32", bins, 2), constant(trace, 0.5, "f32", bins));
  const centre = add(perBin(from), multiply(bin, perBin(scale(length, 1 / size))));
  const last = perBin(subtract(pixels, fullLike(pixels, 1)));
  const position = minimum(maximum(subtract(centre, fullLike(centre, 0.5)), fullLike(centre, 0)), last);
  // Positions are not negative, so conversion rounds down.
  const below = convert(convert(position, "i32"), "f32");
  const above = minimum(add(below, fullLike(below, 1)), last);
  const fraction = subtract(position, below);
  const pair = (first: Tensor, second: Tensor) =>
    concatenate(
      [first, second].map((x) => reshape(x, [...bins, 1])),
      3,
    );
  return {
    pixels: convert(pair(below, above), "i32"),
    weights: pair(subtract(fullLike(fraction, 1), fraction), fraction),
  };
}

/** Features [b,n,size,size,C] of boxes [b,n]; differentiable in the features, not in the boxes. */
export function roiAlign(pyramid: readonly PyramidLevel[], boxes: Boxes, size: number): Tensor {
  const { trace, shape, dtype } = pyramid[0]!.features;
  const [batch, channels] = [shape[0]!, shape[3]!];
  const n = boxes.top.shape[1]!;
  const pixelsOf = pyramid.map(({ features }) => features.shape[1]! * features.shape[2]!);
  const total = pixelsOf.reduce((sum, count) => sum + count, 0);
  const { indices, weights } = trace.detached(() => {
    const level = assignLevels(
      boxes,
      pyramid.map((entry) => entry.level),
    );
    const stride = lookUp(
      level,
      pyramid.map((entry) => 2 ** entry.level),
      "f32",
    );
    const sides = pyramid.map(({ features }) => features.shape[1]!);
    const pixels = lookUp(level, sides, "f32");
    const inCells = (x: Tensor) => divide(x, stride);
    const rows = samplesAlong(inCells(boxes.top), inCells(heightOf(boxes)), pixels, size);
    const columns = samplesAlong(inCells(boxes.left), inCells(widthOf(boxes)), pixels, size);
    const offsets = pixelsOf.map((_, i) => pixelsOf.slice(0, i).reduce((sum, count) => sum + count, 0));
    const perRow = (x: Tensor) => broadcastInDim(x, rows.pixels.shape, [0, 1]);
    const rowStart = add(
      perRow(lookUp(level, offsets, "i32")),
      multiply(rows.pixels, perRow(lookUp(level, sides, "i32"))),
    );
    const grid = [batch * n, size, 2, size, 2];
    const perRegion = (x: Tensor) => reshape(x, [batch * n, size, 2]);
    const down = (x: Tensor) => broadcastInDim(perRegion(x), grid, [0, 1, 2]);
    const across = (x: Tensor) => broadcastInDim(perRegion(x), grid, [0, 3, 4]);
    return {
      indices: add(down(batchIndices(rowStart, total)), across(columns.pixels)),
      weights: convert(multiply(down(rows.weights), across(columns.weights)), dtype),
    };
  });
  const table = concatenate(
    pyramid.map(({ features }, i) => reshape(features, [batch, pixelsOf[i]!, channels])),
    1,
  );
  const neighbours = gather(reshape(table, [batch * total, channels]), indices);
  const weighted = multiply(neighbours, broadcastInDim(weights, neighbours.shape, [0, 1, 2, 3, 4]));
  return reshape(reduce("add", weighted, [2, 4]), [batch, n, size, size, channels]);
}
