/**
 * @file Anchors: the boxes that the region proposal network starts from, three at every pixel of every pyramid
 * level, as Cloud TPU's Mask R-CNN has them.
 */
import { constant, iota } from "../../ops/constants.js";
import { add, scale, subtract } from "../../ops/elementwise.js";
import { broadcastInDim, concatenate, reshape } from "../../ops/shape.js";
import type { Trace } from "../../program/trace.js";
import type { Boxes } from "./boxes.js";

/** P2 to P6 (arXiv 1612.03144, section 4.1). */
export const pyramidLevels = [2, 3, 4, 5, 6] as const;

/** An anchor's side is this many pixels of its level: 32 on P2 to 512 on P6 (arXiv 1612.03144, section 4.1). */
const ANCHOR_SCALE = 8;

/** Height and width of the three shapes, relative to that side (tensorflow/tpu, mask_rcnn_params.py). */
const anchorShapes = [
  { height: 1, width: 1 },
  { height: 0.7, width: 1.4 },
  { height: 1.4, width: 0.7 },
] as const;

export const ANCHORS_PER_PIXEL = anchorShapes.length;

/** Anchors of one level of an image of `side` pixels: each corner f32[A], ordered by row, column, shape. */
export function levelAnchors(trace: Trace, side: number, level: number): Boxes {
  const stride = 2 ** level;
  const cells = side / stride;
  const shape = [cells, cells, ANCHORS_PER_PIXEL];
  const centre = (dimension: 0 | 1) => {
    const index = iota(trace, "f32", shape, dimension);
    return scale(add(index, constant(trace, 0.5, "f32", shape)), stride);
  };
  const halves = (sizes: readonly number[]) =>
    broadcastInDim(
      concatenate(
        sizes.map((size) => constant(trace, (size * ANCHOR_SCALE * stride) / 2, "f32", [1])),
        0,
      ),
      shape,
      [2],
    );
  const flat = (corner: ReturnType<typeof centre>) => reshape(corner, [cells * cells * ANCHORS_PER_PIXEL]);
  const [y, x] = [centre(0), centre(1)];
  const halfHeight = halves(anchorShapes.map(({ height }) => height));
  const halfWidth = halves(anchorShapes.map(({ width }) => width));
  return {
    top: flat(subtract(y, halfHeight)),
    left: flat(subtract(x, halfWidth)),
    bottom: flat(add(y, halfHeight)),
    right: flat(add(x, halfWidth)),
  };
}

/** Anchors of all levels together. */
export function anchorCount(side: number): number {
  return pyramidLevels.reduce((total, level) => total + ANCHORS_PER_PIXEL * (side / 2 ** level) ** 2, 0);
}
