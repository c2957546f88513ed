/**
 * @file Boxes as tensors: their corners in pixels, how they overlap, and how a network's output moves them. All
 * of it without gradients: callers compute boxes inside `trace.detached`.
 */
import { fullLike, iota } from "../../ops/constants.js";
import {
  add,
  compare,
  divide,
  exponential,
  log,
  maximum,
  minimum,
  multiply,
  scale,
  select,
  subtract,
} from "../../ops/elementwise.js";
import { reduce } from "../../ops/reduction.js";
import { broadcastInDim, concatenate, convert, reshape, sliceDimension } from "../../ops/shape.js";
import type { Tensor } from "../../program/trace.js";

/**
 * Corners in pixels, each f32[..., n]. Four tensors and not one with a last dimension of four: that dimension
 * would be padded to 128 lanes.
 */
export interface Boxes {
  readonly top: Tensor;
  readonly left: Tensor;
  readonly bottom: Tensor;
  readonly right: Tensor;
}

/** Applies the same function to all four corners. */
export function mapBoxes({ top, left, bottom, right }: Boxes, f: (corner: Tensor) => Tensor): Boxes {
  return { top: f(top), left: f(left), bottom: f(bottom), right: f(right) };
}

/** [..., n, 4] (top, left, bottom, right) to boxes. */
export function unpackBoxes(x: Tensor): Boxes {
  const last = x.shape.length - 1;
  const corner = (i: number) => reshape(sliceDimension(x, last, i, i + 1), x.shape.slice(0, last));
  return { top: corner(0), left: corner(1), bottom: corner(2), right: corner(3) };
}

export function concatenateBoxes(all: readonly Boxes[], dimension: number): Boxes {
  const join = (corner: keyof Boxes) =>
    concatenate(
      all.map((boxes) => boxes[corner]),
      dimension,
    );
  return { top: join("top"), left: join("left"), bottom: join("bottom"), right: join("right") };
}

const clampBelow = (x: Tensor, least: number) => maximum(x, fullLike(x, least));
const clampAbove = (x: Tensor, most: number) => minimum(x, fullLike(x, most));

export const heightOf = ({ top, bottom }: Boxes): Tensor => subtract(bottom, top);
export const widthOf = ({ left, right }: Boxes): Tensor => subtract(right, left);
export const areaOf = (boxes: Boxes): Tensor => multiply(heightOf(boxes), widthOf(boxes));

/** Clips corners to an image of `side` pixels. */
export function clipBoxes(boxes: Boxes, side: number): Boxes {
  return mapBoxes(boxes, (corner) => clampAbove(clampBelow(corner, 0), side));
}

/** Intersection over union of every box of a[b,n] with every one of c[b,m]: f32[b,n,m]. */
export function intersectionOverUnion(a: Boxes, c: Boxes): Tensor {
  const [batch, n] = a.top.shape as [number, number];
  const shape = [batch, n, c.top.shape[1]!];
  const rows = (x: Tensor) => broadcastInDim(x, shape, [0, 1]);
  const columns = (x: Tensor) => broadcastInDim(x, shape, [0, 2]);
  const overlap = (from: "top" | "left", to: "bottom" | "right") =>
    clampBelow(subtract(minimum(rows(a[to]), columns(c[to])), maximum(rows(a[from]), columns(c[from]))), 0);
  const shared = multiply(overlap("top", "bottom"), overlap("left", "right"));
  const union = subtract(add(rows(areaOf(a)), columns(areaOf(c))), shared);
  // Padding boxes have no area: their ratio is 0, not 0 / 0.
  return divide(shared, clampBelow(union, 1e-8));
}

/** How a network writes a box relative to an anchor (arXiv 1311.2524, appendix C). */
export interface BoxDeltas {
  readonly y: Tensor;
  readonly x: Tensor;
  readonly height: Tensor;
  readonly width: Tensor;
}

/** Largest logarithm of a size ratio: exp of more overflows early in training (Detectron's BBOX_XFORM_CLIP). */
const MOST_LOG_RATIO = Math.log(1000 / 16);

/** Anchors moved and stretched by what the network says. */
export function decodeBoxes(anchors: Boxes, deltas: BoxDeltas): Boxes {
  const along = (from: Tensor, size: Tensor, shift: Tensor, logRatio: Tensor) => {
    const centre = add(add(from, scale(size, 0.5)), multiply(shift, size));
    const half = scale(multiply(exponential(clampAbove(logRatio, MOST_LOG_RATIO)), size), 0.5);
    return [subtract(centre, half), add(centre, half)] as const;
  };
  const [top, bottom] = along(anchors.top, heightOf(anchors), deltas.y, deltas.height);
  const [left, right] = along(anchors.left, widthOf(anchors), deltas.x, deltas.width);
  return { top, left, bottom, right };
}

/** What the network should have said of `anchors` to get `boxes`. */
export function encodeBoxes(anchors: Boxes, boxes: Boxes): BoxDeltas {
  const along = (from: Tensor, size: Tensor, toFrom: Tensor, toSize: Tensor) => {
    const safe = clampBelow(size, 1);
    const centre = subtract(add(toFrom, scale(toSize, 0.5)), add(from, scale(size, 0.5)));
    return [divide(centre, safe), log(divide(clampBelow(toSize, 1), safe))] as const;
  };
  const [y, height] = along(anchors.top, heightOf(anchors), boxes.top, heightOf(boxes));
  const [x, width] = along(anchors.left, widthOf(anchors), boxes.left, widthOf(boxes));
  return { y, x, height, width };
}

/**
 * Suppression chains longer than this (a box kept only because what would suppress it was itself suppressed, and so
 * on) are not followed to their end. Cloud TPU's code iterates until nothing changes; an unrolled program cannot.
 */
const SUPPRESSION_ROUNDS = 8;

/**
 * Non-maximum suppression of boxes [b,n] that come best first: f32[b,n], 1 for those that stay. A box goes when one
 * before it that stays overlaps it by more than `threshold`. Greedy suppression is the fixed point of that sentence,
 * reached after as many rounds as the longest chain, with matrix operations only.
 */
export function suppressOverlapping(boxes: Boxes, threshold: number): Tensor {
  const overlaps = intersectionOverUnion(boxes, boxes);
  const { trace, shape } = overlaps;
  const isBefore = compare("LT", iota(trace, "i32", shape, 2), iota(trace, "i32", shape, 1));
  const isOver = compare("GT", overlaps, fullLike(overlaps, threshold));
  const none = fullLike(overlaps, 0);
  const suppresses = select(isBefore, convert(isOver, "f32"), none);
  let stays = fullLike(boxes.top, 1);
  for (let round = 0; round < SUPPRESSION_ROUNDS; round++) {
    const strongest = reduce("max", multiply(suppresses, broadcastInDim(stays, shape, [0, 2])), [2]);
    stays = subtract(fullLike(strongest, 1), strongest);
  }
  return stays;
}
