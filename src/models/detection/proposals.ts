/**
 * @file The region proposal network (arXiv 1506.01497) and what becomes of its output: the best boxes of each
 * pyramid level, without those that overlap better ones.
 */

import { fullLike } from "../../ops/constants.js";
import { compare, select } from "../../ops/elementwise.js";
import { broadcastInDim, concatenate, convert, reshape, sliceDimension } from "../../ops/shape.js";
import { topK } from "../../ops/topK.js";
import type { Tensor, Trace } from "../../program/trace.js";
import { biasedConvolutionLayer } from "../convolutional.js";
import { normal, relu } from "../layers.js";
import { ANCHORS_PER_PIXEL, levelAnchors } from "./anchors.js";
import {
  type BoxDeltas,
  type Boxes,
  clipBoxes,
  concatenateBoxes,
  decodeBoxes,
  mapBoxes,
  suppressOverlapping,
} from "./boxes.js";
import type { PyramidLevel } from "./roiAlign.js";
import { gatherRows } from "./rows.js";

/** What the network says of the anchors of one level. */
export interface LevelScores {
  readonly level: number;
  /** Logits of being an object, [b,A]. */
  readonly objectness: Tensor;
  /** [b,A,4]: y, x, log height, log width. */
  readonly deltas: Tensor;
}

/** The same 3×3 convolution and two 1×1 ones on every level. */
export function proposalNetwork(pyramid: readonly PyramidLevel[]): readonly LevelScores[] {
  const { trace, shape } = pyramid[0]!.features;
  const channels = shape[3]!;
  const kernel = normal(0.01); // arXiv 1506.01497, section 3.1
  const layer = (name: string, features: number, size: number) =>
    trace.scoped(name, () => biasedConvolutionLayer(trace, channels, features, size, { kernel }));
  const shared = layer("shared", channels, 3);
  const objectness = layer("objectness", ANCHORS_PER_PIXEL, 1);
  const deltas = layer("deltas", 4 * ANCHORS_PER_PIXEL, 1);
  return pyramid.map(({ level, features }) =>
    trace.scoped(`level${level}`, () => {
      const hidden = relu(shared(features));
      const [batch, height, width] = features.shape as [number, number, number];
      const anchors = height * width * ANCHORS_PER_PIXEL;
      return {
        level,
        objectness: reshape(objectness(hidden), [batch, anchors]),
        deltas: reshape(deltas(hidden), [batch, anchors, 4]),
      };
    }),
  );
}

/** Boxes a level before and after suppression, and of all levels together: tensorflow/tpu, mask_rcnn_params.py. */
const MOST_BEFORE_SUPPRESSION = 2000;
const MOST_AFTER_SUPPRESSION = 1000;
const SUPPRESSION_THRESHOLD = 0.7;

function unpackDeltas(deltas: Tensor): BoxDeltas {
  const [batch, n] = deltas.shape as [number, number, number];
  const part = (i: number) => reshape(sliceDimension(deltas, 2, i, i + 1), [batch, n]);
  return { y: part(0), x: part(1), height: part(2), width: part(3) };
}

interface Scored {
  readonly boxes: Boxes;
  readonly scores: Tensor;
}

/** The `k` best rows of boxes and scores [b,n]. */
function best({ boxes, scores }: Scored, k: number): Scored {
  const indices = topK(scores, Math.min(k, scores.shape[1]!));
  return {
    boxes: mapBoxes(boxes, (corner) => gatherRows(corner, indices)),
    scores: gatherRows(scores, indices),
  };
}

/** Below every logit: what was suppressed comes last. */
const SUPPRESSED_SCORE = -1e9;

function levelProposals(trace: Trace, { level, objectness, deltas }: LevelScores, side: number): Scored {
  const shape = objectness.shape;
  const anchors = mapBoxes(levelAnchors(trace, side, level), (corner) => broadcastInDim(corner, shape, [1]));
  const indices = topK(objectness, Math.min(MOST_BEFORE_SUPPRESSION, shape[1]!));
  const pick = (x: Tensor) => gatherRows(x, indices);
  const boxes = clipBoxes(decodeBoxes(mapBoxes(anchors, pick), unpackDeltas(pick(deltas))), side);
  const stays = suppressOverlapping(boxes, SUPPRESSION_THRESHOLD);
  const scores = pick(objectness);
  const kept = select(compare("GT", stays, fullLike(stays, 0)), scores, fullLike(scores, SUPPRESSED_SCORE));
  return best({ boxes, scores: kept }, MOST_AFTER_SUPPRESSION);
}

/** The best boxes of an image of `side` pixels, [b,n] with n at most 1000, best first. No gradient flows. */
export function proposals(levels: readonly LevelScores[], side: number): Boxes {
  const { trace } = levels[0]!.objectness;
  return trace.detached(() => {
    const perLevel = levels.map((scores) =>
      trace.scoped(`level${scores.level}`, () => {
        const wide = {
          ...scores,
          objectness: convert(scores.objectness, "f32"),
          deltas: convert(scores.deltas, "f32"),
        };
        return levelProposals(trace, wide, side);
      }),
    );
    const all: Scored = {
      boxes: concatenateBoxes(
        perLevel.map(({ boxes }) => boxes),
        1,
      ),
      scores: concatenate(
        perLevel.map(({ scores }) => scores),
        1,
      ),
    };
    return best(all, MOST_AFTER_SUPPRESSION).boxes;
  });
}
