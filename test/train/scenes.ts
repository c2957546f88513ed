/**
 * @file Made-up scenes for detectors: bright rectangles on a dark ground, with everything that an input pipeline
 * would say about them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { anchorCount, levelAnchors, pyramidLevels } from "../../src/models/detection/anchors.js";
import type { Detector } from "../../src/models/model.js";
import { Trace } from "../../src/program/trace.js";
import { interpret } from "../reference/interpreter.js";
import { noise } from "./noise.js";

/** Corners in pixels. */
export type Corners = readonly [top: number, left: number, bottom: number, right: number];

/** All anchors of an image, as the program that a detector is made of has them. */
export function anchorsOf(side: number): readonly Corners[] {
  const trace = new Trace();
  for (const level of pyramidLevels) {
    const { top, left, bottom, right } = levelAnchors(trace, side, level);
    for (const [name, corner] of Object.entries({ top, left, bottom, right })) trace.output(name, corner);
  }
  const [outputs] = interpret(trace.finish("anchors"), [[]]);
  return pyramidLevels.flatMap((_, i) => {
    const [top, left, bottom, right] = outputs!.slice(4 * i, 4 * i + 4).map(({ data }) => data);
    return [...top!].map((_value, a): Corners => [top![a]!, left![a]!, bottom![a]!, right![a]!]);
  });
}

const area = ([top, left, bottom, right]: Corners) => Math.max(0, bottom - top) * Math.max(0, right - left);

/** Intersection over union of two boxes. */
export function overlap(a: Corners, b: Corners): number {
  const shared = area([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

/** y, x, log height, log width of a box relative to an anchor (arXiv 1311.2524, appendix C). */
function deltasOf(anchor: Corners, box: Corners): readonly number[] {
  const centre = (from: number, to: number) => (from + to) / 2;
  const along = (i: 0 | 1) => {
    const size = anchor[i + 2]! - anchor[i]!;
    return {
      shift: (centre(box[i], box[i + 2]!) - centre(anchor[i], anchor[i + 2]!)) / size,
      stretch: Math.log((box[i + 2]! - box[i]) / size),
    };
  };
  const [y, x] = [along(0), along(1)];
  return [y.shift, x.shift, y.stretch, x.stretch];
}

/** An anchor is an object's above the first overlap or when it is the object's best; none's below the second. */
const [POSITIVE_OVERLAP, NEGATIVE_OVERLAP] = [0.7, 0.3]; // arXiv 1506.01497, section 3.1.2

/** Inputs of `size` scenes with one object each, by name. */
export function syntheticScenes(model: Detector, size: number): ReadonlyMap<string, tf.Tensor> {
  const { image: side, channels, classes } = model;
  const shapes = new Map(model.batch(size, "f32").map(({ name, shape }) => [name, [...shape]]));
  const objects = shapes.get("boxes")![1]!;
  const maskPixels = shapes.get("masks")![2]! ** 2;
  const anchors = anchorsOf(side);
  const pixels = new Float32Array(size * side * side * channels).fill(-1);
  const boxes = new Float32Array(size * objects * 4);
  const labels = new Int32Array(size * objects);
  const masks = new Float32Array(size * objects * maskPixels);
  const anchorLabels = new Float32Array(size * anchorCount(side)).fill(-1);
  const anchorDeltas = new Float32Array(size * anchorCount(side) * 4);
  const random = noise(3 * size, 17).map((x) => (x + 1) / 2);
  for (let i = 0; i < size; i++) {
    const length = 20 + Math.round(20 * random[3 * i]!);
    const [top, left] = [1, 2].map((k) => Math.floor((side - length) * random[3 * i + k]!)) as [
      number,
      number,
    ];
    const box: Corners = [top, left, top + length, left + length];
    const label = 1 + (i % (classes - 1));
    boxes.set(box, i * objects * 4);
    labels[i * objects] = label;
    masks.fill(1, i * objects * maskPixels, (i * objects + 1) * maskPixels);
    for (let y = top; y < top + length; y++) {
      for (let x = left; x < left + length; x++) {
        for (let c = 0; c < channels; c++)
          pixels[((i * side + y) * side + x) * channels + c] = label / classes;
      }
    }
    const overlaps = anchors.map((anchor) => overlap(anchor, box));
    const best = Math.max(...overlaps);
    overlaps.forEach((value, a) => {
      const at = i * anchors.length + a;
      if (value === best || value >= POSITIVE_OVERLAP) anchorLabels[at] = 1;
      else if (value < NEGATIVE_OVERLAP && a % 7 === 0) anchorLabels[at] = 0;
      if (anchorLabels[at] === 1) anchorDeltas.set(deltasOf(anchors[a]!, box), at * 4);
    });
  }
  return new Map<string, tf.Tensor>([
    ["images", tf.tensor(pixels, shapes.get("images")!)],
    ["anchorLabels", tf.tensor(anchorLabels, shapes.get("anchorLabels")!)],
    ["anchorDeltas", tf.tensor(anchorDeltas, shapes.get("anchorDeltas")!)],
    ["boxes", tf.tensor(boxes, shapes.get("boxes")!)],
    ["classes", tf.tensor(labels, shapes.get("classes")!, "int32")],
    ["masks", tf.tensor(masks, shapes.get("masks")!)],
  ]);
}
