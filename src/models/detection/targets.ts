/**
 * @file Which regions are trained on, and what each should have been: sampled around the objects of the image as
 * in Fast R-CNN (arXiv 1504.08083, section 2.3), without gradients.
 */
import { constant, fullLike, iota } from "../../ops/constants.js";
import { einsum } from "../../ops/dot.js";
import {
  abs,
  add,
  compare,
  divide,
  maximum,
  multiply,
  scale,
  select,
  subtract,
} from "../../ops/elementwise.js";
import { reduce } from "../../ops/reduction.js";
import { broadcastInDim, convert, reshape, sliceDimension } from "../../ops/shape.js";
import { topK } from "../../ops/topK.js";
import type { Tensor } from "../../program/trace.js";
import { uniformNoise } from "../layers.js";
import {
  type BoxDeltas,
  type Boxes,
  concatenateBoxes,
  encodeBoxes,
  heightOf,
  intersectionOverUnion,
  mapBoxes,
  widthOf,
} from "./boxes.js";
import { gatherRows } from "./rows.js";

/** The objects of each image, padded with empty boxes of class 0. */
export interface Objects {
  /** f32[b,objects]. */
  readonly boxes: Boxes;
  /** i32[b,objects]; 0 is the background. */
  readonly classes: Tensor;
  /** f32[b,objects,S,S], each within its box. */
  readonly masks: Tensor;
}

export interface RegionTargets {
  /** Regions to train on, f32[b,rois]: those that hold an object come first. */
  readonly boxes: Boxes;
  /** i32[b,rois]; 0 for those that hold none. */
  readonly classes: Tensor;
  readonly deltas: BoxDeltas;
  /** Row of each region's object, i32[b,rois]. */
  readonly objects: Tensor;
}

/** At least half of a region's union with an object makes it one of its regions: arXiv 1703.06870, section 3.1. */
const FOREGROUND_OVERLAP = 0.5;
/** One region in four, at most, holds an object. */
export const FOREGROUND_SHARE = 1 / 4;

/** Standard deviations of what the box head regresses (tensorflow/tpu, mask_rcnn_params.py): it learns z / σ. */
const DELTA_SCALE = { y: 10, x: 10, height: 5, width: 5 } as const;

function scaleDeltas(deltas: BoxDeltas): BoxDeltas {
  return {
    y: scale(deltas.y, DELTA_SCALE.y),
    x: scale(deltas.x, DELTA_SCALE.x),
    height: scale(deltas.height, DELTA_SCALE.height),
    width: scale(deltas.width, DELTA_SCALE.width),
  };
}

/**
 * `rois` regions of each image, sampled at random from proposals and the objects themselves, with their targets.
 *
 * @param candidates proposals f32[b,n]
 */
export function sampleRegions(candidates: Boxes, objects: Objects, rois: number): RegionTargets {
  const { trace } = candidates.top;
  return trace.detached(() => {
    const regions = concatenateBoxes([candidates, objects.boxes], 1);
    const overlaps = intersectionOverUnion(regions, objects.boxes);
    const [batch, n] = overlaps.shape as [number, number, number];
    const closest = reshape(topK(overlaps, 1), [batch, n]);
    const overlap = reduce("max", overlaps, [2]);
    const isObject = convert(compare("GE", overlap, fullLike(overlap, FOREGROUND_OVERLAP)), "f32");

    // Two draws by rank of a random key: first which regions with an object stay, then what fills up the rest.
    const noise = uniformNoise(trace, "noise", [batch, n]);
    const objectKey = multiply(isObject, add(noise, fullLike(noise, 1)));
    const most = Math.min(n, Math.max(1, Math.floor(rois * FOREGROUND_SHARE)));
    const lastTaken = reshape(gatherRows(objectKey, lastColumn(topK(objectKey, most))), [batch]);
    const isTaken = compare("GE", objectKey, broadcastInDim(lastTaken, [batch, n], [0]));
    const taken = multiply(isObject, convert(isTaken, "f32"));
    const key = select(
      compare("GT", taken, fullLike(taken, 0)),
      add(noise, fullLike(noise, 2)),
      add(noise, subtract(fullLike(noise, 1), isObject)),
    );
    const chosen = topK(key, Math.min(rois, n));

    const boxes = mapBoxes(regions, (corner) => gatherRows(corner, chosen));
    const matched = gatherRows(closest, chosen);
    const holdsObject = gatherRows(taken, chosen);
    const target = mapBoxes(objects.boxes, (corner) => gatherRows(corner, matched));
    const classes = gatherRows(objects.classes, matched);
    return {
      boxes,
      classes: select(compare("GT", holdsObject, fullLike(holdsObject, 0)), classes, fullLike(classes, 0)),
      deltas: scaleDeltas(encodeBoxes(boxes, target)),
      objects: matched,
    };
  });
}

/** The last column of i32[b,k], as [b,1]. */
function lastColumn(x: Tensor): Tensor {
  const [, k] = x.shape as [number, number];
  return sliceDimension(x, 1, k - 1, k);
}

/**
 * Weights f32[b,n,size,S] that sample S pixels of an object's mask, which spans `span` from `start`, at the centres
 * of `size` bins of a region: the hat function of bilinear interpolation, so that sampling is a matrix product.
 */
function hatWeights(
  region: { readonly from: Tensor; readonly length: Tensor },
  object: { readonly from: Tensor; readonly length: Tensor },
  size: number,
  pixels: number,
): Tensor {
  const { trace } = region.from;
  const [batch, n] = region.from.shape as [number, number];
  const shape = [batch, n, size, pixels];
  const spread = (x: Tensor) => broadcastInDim(x, shape, [0, 1]);
  const perPixel = scale(maximum(object.length, fullLike(object.length, 1)), 1 / pixels);
  const start = divide(subtract(region.from, object.from), perPixel);
  const step = divide(scale(region.length, 1 / size), perPixel);
  const half = constant(trace, 0.5, "f32", shape);
  const bin = add(iota(trace, "f32", shape, 2), half);
  const position = add(spread(start), multiply(bin, spread(step)));
  const pixel = add(iota(trace, "f32", shape, 3), half);
  const nearness = subtract(fullLike(pixel, 1), abs(subtract(position, pixel)));
  return maximum(nearness, fullLike(nearness, 0));
}

/** What the masks of regions [b,n] should be: f32[b,n,size,size] of zeros and ones. */
export function maskTargets(boxes: Boxes, matched: Tensor, objects: Objects, size: number): Tensor {
  return matched.trace.detached(() => {
    const masks = gatherRows(objects.masks, matched);
    const pixels = masks.shape[3]!;
    const target = mapBoxes(objects.boxes, (corner) => gatherRows(corner, matched));
    const rows = hatWeights(
      { from: boxes.top, length: heightOf(boxes) },
      { from: target.top, length: heightOf(target) },
      size,
      pixels,
    );
    const columns = hatWeights(
      { from: boxes.left, length: widthOf(boxes) },
      { from: target.left, length: widthOf(target) },
      size,
      pixels,
    );
    const sampled = einsum("bnyx,bnjx->bnyj", einsum("bniy,bnyx->bnix", rows, masks), columns);
    return convert(compare("GE", sampled, fullLike(sampled, 0.5)), "f32");
  });
}
