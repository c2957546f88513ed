/**
 * @file Mask R-CNN (arXiv 1703.06870) with a feature pyramid, as a training program of static shape: what Cloud
 * TPU's code computes. Targets of the anchors come with the batch, from the input pipeline, as they do there.
 */
import { fullLike, iota } from "../../ops/constants.js";
import { convolutionInputGradient } from "../../ops/convolution.js";
import {
  abs,
  add,
  compare,
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
import { botnetBlock } from "../botnet.js";
import { biasedConv } from "../convolutional.js";
import { type ZooEntry, zooEntry } from "../entry.js";
import { addBias, dense, heNormal, normal, relu, zeros } from "../layers.js";
import { logSumExp, softplus, sum } from "../losses.js";
import { type Batch, type Detector, imagesInput, type Mode } from "../model.js";
import { type OptionValues, requireMultiple } from "../options.js";
import { bottleneck, residualDefaults, residualStages, resnetStages, resnetStem } from "../resnet.js";
import { anchorCount } from "./anchors.js";
import { type BoxDeltas, type Boxes, mapBoxes, unpackBoxes } from "./boxes.js";
import { type LevelScores, proposalNetwork, proposals } from "./proposals.js";
import { featurePyramid } from "./pyramid.js";
import { type PyramidLevel, roiAlign } from "./roiAlign.js";
import { FOREGROUND_SHARE, maskTargets, type Objects, type RegionTargets, sampleRegions } from "./targets.js";

type Options = OptionValues<"mask-rcnn">;

/** Bins of a region for the box head, and for the mask head, which doubles them. */
const BOX_BINS = 7;
const MASK_BINS = 14;
const MASK_LAYERS = 4;
/** Side of the object masks that come with the batch, each within its box (mask_rcnn_params.py, gt_mask_size). */
const OBJECT_MASK_SIDE = 112;
/** Widths in units of the backbone's first stage, 64: 256 channels in the pyramid, 1024 in the box head. */
const PYRAMID_WIDTHS = 4;
const BOX_HEAD_WIDTHS = 16;

/** P2 to P6. Batch normalisation is frozen, as the published TPU runs have it: images are large and few. */
function pyramidOf(images: Tensor, options: Options, mode: Mode): readonly PyramidLevel[] {
  const { trace } = images;
  const { width, depth, backbone, heads } = options;
  const frozen: Mode = { ...mode, training: false };
  const block =
    backbone === "botnet"
      ? botnetBlock({ heads, squeezeExcite: 0, nonlinearity: "relu" }, frozen)
      : (x: Tensor, place: Parameters<typeof bottleneck>[1]) =>
          bottleneck(x, place, { activation: relu }, frozen);
  const stages = trace.scoped("backbone", () =>
    residualStages(resnetStem(images, width, relu, frozen), { blocks: resnetStages[depth], width, block }),
  );
  return trace.scoped("pyramid", () => featurePyramid(stages, PYRAMID_WIDTHS * width));
}

/** The coarsest level is for proposals only. */
const forRegions = (pyramid: readonly PyramidLevel[]) => pyramid.slice(0, -1);

interface BoxPredictions {
  /** f32[b,n,classes]. */
  readonly logits: Tensor;
  /** f32[b,n,classes,4]. */
  readonly deltas: Tensor;
}

function boxHead(
  pyramid: readonly PyramidLevel[],
  boxes: Boxes,
  { width, classes }: Options,
): BoxPredictions {
  const { trace } = boxes.top;
  const [batch, n] = boxes.top.shape as [number, number];
  const regions = trace.scoped("roi_align", () => roiAlign(forRegions(pyramid), boxes, BOX_BINS));
  const flat = reshape(regions, [batch, n, BOX_BINS * BOX_BINS * regions.shape[4]!]);
  const hidden = BOX_HEAD_WIDTHS * width;
  const layer = (x: Tensor, name: string) => relu(trace.scoped(name, () => dense(x, hidden)));
  const top = layer(layer(flat, "dense1"), "dense2");
  const logits = trace.scoped("classes", () => dense(top, classes, { kernel: normal(0.01) }));
  const deltas = trace.scoped("deltas", () => dense(top, classes * 4, { kernel: normal(0.001) }));
  return {
    logits: convert(logits, "f32"),
    deltas: reshape(convert(deltas, "f32"), [batch, n, classes, 4]),
  };
}

/** A transposed 2×2 convolution of stride 2: [N,H,W,C] to [N,2H,2W,features]. */
function deconvolution(x: Tensor, features: number): Tensor {
  const { trace } = x;
  const [n, h, w, channels] = x.shape as [number, number, number, number];
  const kernel = trace.parameter("kernel", [2, 2, features, channels], heNormal(4 * features));
  const none = [0, 0] as const;
  const geometry = { strides: [2, 2], padding: [none, none], groups: 1 } as const;
  const spread = convolutionInputGradient(x, convert(kernel, x.dtype), geometry, [n, 2 * h, 2 * w, features]);
  return addBias(spread, trace.parameter("bias", [features], zeros));
}

/** Mask logits f32[b,n,28,28,classes] of regions [b,n]. */
function maskHead(pyramid: readonly PyramidLevel[], boxes: Boxes, { width, classes }: Options): Tensor {
  const { trace } = boxes.top;
  const [batch, n] = boxes.top.shape as [number, number];
  const features = PYRAMID_WIDTHS * width;
  const regions = trace.scoped("roi_align", () => roiAlign(forRegions(pyramid), boxes, MASK_BINS));
  let x = reshape(regions, [batch * n, MASK_BINS, MASK_BINS, features]);
  for (let layer = 1; layer <= MASK_LAYERS; layer++) {
    x = relu(trace.scoped(`conv${layer}`, () => biasedConv(x, features, 3)));
  }
  const doubled = relu(trace.scoped("deconvolution", () => deconvolution(x, features)));
  const logits = trace.scoped("classes", () => biasedConv(doubled, classes, 1, { kernel: normal(0.001) }));
  return reshape(convert(logits, "f32"), [batch, n, 2 * MASK_BINS, 2 * MASK_BINS, classes]);
}

/** Huber's loss (arXiv 1504.08083, equation 3): quadratic below `delta`, linear above. */
function huber(difference: Tensor, delta: number): Tensor {
  const size = abs(difference);
  const inside = minimum(size, fullLike(size, delta));
  return add(scale(multiply(inside, inside), 0.5), scale(subtract(size, inside), delta));
}

/** Binary cross-entropy of logits z against y: log(1 + e^z) − z·y. */
function binaryCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return subtract(softplus(logits), multiply(logits, labels));
}

/** Anchors that the input pipeline chose of each image, and where Huber's loss turns (mask_rcnn_params.py). */
const ANCHORS_SAMPLED = 256;
const ANCHOR_HUBER_DELTA = 1 / 9;

/**
 * Objectness and boxes of the sampled anchors.
 *
 * @param labels f32[b,A]: 1 an object, 0 none, −1 not sampled
 * @param targets f32[b,A,4]
 */
function proposalLoss(scores: readonly LevelScores[], labels: Tensor, targets: Tensor): Tensor {
  const all = (part: "objectness" | "deltas") =>
    convert(
      concatenate(
        scores.map((level) => level[part]),
        1,
      ),
      "f32",
    );
  const zero = fullLike(labels, 0);
  const sampled = convert(compare("GE", labels, zero), "f32");
  const positive = maximum(labels, zero);
  const objectness = sum(multiply(binaryCrossEntropy(all("objectness"), positive), sampled));
  const errors = huber(subtract(all("deltas"), targets), ANCHOR_HUBER_DELTA);
  const boxes = sum(multiply(errors, broadcastInDim(positive, errors.shape, [0, 1])));
  return scale(add(objectness, boxes), 1 / ANCHORS_SAMPLED);
}

/** f32[b,n,classes]: 1 at each region's class where that is an object. */
function objectClassMask(classes: Tensor, count: number): Tensor {
  const [batch, n] = classes.shape as [number, number];
  const shape = [batch, n, count];
  const index = iota(classes.trace, "i32", shape, 2);
  const isClass = convert(compare("EQ", index, broadcastInDim(classes, shape, [0, 1])), "f32");
  return select(compare("GT", index, fullLike(index, 0)), isClass, fullLike(isClass, 0));
}

function packDeltas({ y, x, height, width }: BoxDeltas): Tensor {
  const [batch, n] = y.shape as [number, number];
  return concatenate(
    [y, x, height, width].map((part) => reshape(part, [batch, n, 1])),
    2,
  );
}

function boxLoss({ logits, deltas }: BoxPredictions, { classes, deltas: wanted }: RegionTargets): Tensor {
  const [batch, n, count] = logits.shape as [number, number, number];
  const index = iota(logits.trace, "i32", logits.shape, 2);
  const oneHot = convert(compare("EQ", index, broadcastInDim(classes, logits.shape, [0, 1])), "f32");
  const normalizer = logSumExp(reshape(logits, [batch * n, count]));
  const crossEntropy = subtract(sum(normalizer), sum(multiply(logits, oneHot)));
  const targets = broadcastInDim(packDeltas(wanted), deltas.shape, [0, 1, 3]);
  const errors = huber(subtract(deltas, targets), 1);
  const ofObject = broadcastInDim(objectClassMask(classes, count), deltas.shape, [0, 1, 2]);
  return scale(add(crossEntropy, sum(multiply(errors, ofObject))), 1 / n);
}

/** Per pixel, of the mask of each region's own class; the mean over the regions that hold an object. */
function maskLoss(
  logits: Tensor,
  { boxes, classes, objects: matched }: RegionTargets,
  objects: Objects,
): Tensor {
  const side = 2 * MASK_BINS;
  const targets = maskTargets(boxes, matched, objects, side);
  const mask = objectClassMask(classes, logits.shape[4]!);
  const chosen = reduce("add", multiply(logits, broadcastInDim(mask, logits.shape, [0, 1, 4])), [4]);
  const holdsObject = reduce("add", mask, [2]);
  const errors = multiply(
    binaryCrossEntropy(chosen, targets),
    broadcastInDim(holdsObject, chosen.shape, [0, 1]),
  );
  return scale(sum(errors), 1 / (side * side * classes.shape[1]!));
}

/** The first `count` regions: those that hold an object come first. */
function firstRegions(targets: RegionTargets, count: number): RegionTargets {
  const first = (x: Tensor) => sliceDimension(x, 1, 0, count);
  const { y, x, height, width } = targets.deltas;
  return {
    boxes: mapBoxes(targets.boxes, first),
    classes: first(targets.classes),
    deltas: { y: first(y), x: first(x), height: first(height), width: first(width) },
    objects: first(targets.objects),
  };
}

function trainingLoss(batch: Batch, options: Options, mode: Mode): Tensor {
  const images = batch("images");
  const { trace } = images;
  const objects: Objects = {
    boxes: unpackBoxes(batch("boxes")),
    classes: batch("classes"),
    masks: batch("masks"),
  };
  const pyramid = pyramidOf(images, options, mode);
  const scores = trace.scoped("proposals", () => proposalNetwork(pyramid));
  const candidates = trace.scoped("proposals", () => proposals(scores, options.image));
  const targets = trace.scoped("sampling", () => sampleRegions(candidates, objects, options.rois));
  const boxes = trace.scoped("box_head", () => boxHead(pyramid, targets.boxes, options));
  // There may be fewer candidates than regions wanted.
  const forMasks = firstRegions(targets, Math.ceil(targets.classes.shape[1]! * FOREGROUND_SHARE));
  const masks = trace.scoped("mask_head", () => maskHead(pyramid, forMasks.boxes, options));
  return trace.scoped("loss", () =>
    [
      trace.scoped("proposals", () => proposalLoss(scores, batch("anchorLabels"), batch("anchorDeltas"))),
      trace.scoped("boxes", () => boxLoss(boxes, targets)),
      trace.scoped("masks", () => maskLoss(masks, forMasks, objects)),
    ].reduce(add),
  );
}

function detect(images: Tensor, options: Options, mode: Mode): Readonly<Record<string, Tensor>> {
  const { trace } = images;
  const pyramid = pyramidOf(images, options, mode);
  const scores = trace.scoped("proposals", () => proposalNetwork(pyramid));
  const all = trace.scoped("proposals", () => proposals(scores, options.image));
  const best = (count: number) =>
    mapBoxes(all, (corner) => sliceDimension(corner, 1, 0, Math.min(count, corner.shape[1]!)));
  const regions = best(options.rois);
  const { logits, deltas } = trace.scoped("box_head", () => boxHead(pyramid, regions, options));
  const forMasks = best(Math.ceil(options.rois * FOREGROUND_SHARE));
  const masks = trace.scoped("mask_head", () => maskHead(pyramid, forMasks, options));
  return { ...regions, logits, deltas, masks };
}

export function maskRcnn(name: string, options: Options): Detector {
  const { image, channels, classes, objects } = options;
  return {
    kind: "detector",
    name,
    options,
    image,
    channels,
    imageDtype: "bf16",
    optimizer: "sgd",
    classes,
    batch: (size, activations) => [
      imagesInput({ image, channels, imageDtype: "bf16" }, size, activations),
      {
        name: "anchorLabels",
        dtype: "f32",
        shape: [size, anchorCount(image)],
        values: { kind: "integers", from: -1, below: 2 },
        target: true,
      },
      {
        name: "anchorDeltas",
        dtype: "f32",
        shape: [size, anchorCount(image), 4],
        values: { kind: "uniform" },
        target: true,
      },
      {
        name: "boxes",
        dtype: "f32",
        shape: [size, objects, 4],
        values: { kind: "boxes", side: image },
        target: true,
      },
      {
        name: "classes",
        dtype: "i32",
        shape: [size, objects],
        values: { kind: "integers", from: 1, below: classes },
        target: true,
      },
      {
        name: "masks",
        dtype: "f32",
        shape: [size, objects, OBJECT_MASK_SIDE, OBJECT_MASK_SIDE],
        values: { kind: "integers", from: 0, below: 2 },
        target: true,
      },
    ],
    detect: (images, mode) => detect(images, options, mode),
    loss: (batch, mode) => trainingLoss(batch, options, mode),
  };
}

/** COCO's 80 classes numbered to 90 with gaps, and the background. */
const COCO_CLASSES = 91;

export function maskRcnnEntry(backbone: Options["backbone"], depth: Options["depth"]): ZooEntry {
  return zooEntry({
    family: "mask-rcnn",
    description: "Mask R-CNN with a feature pyramid",
    paper: backbone === "botnet" ? "arXiv 2101.11605" : "arXiv 1703.06870",
    defaults: {
      ...residualDefaults,
      image: 1024,
      classes: COCO_CLASSES,
      depth,
      heads: 4,
      backbone,
      rois: 512,
      objects: 100,
    },
    check: ({ image, width, heads }) => {
      // P6 is 64 times smaller than the image.
      requireMultiple(image, "image", 64);
      requireMultiple(width * 8, "width", heads, "heads");
    },
    build: maskRcnn,
  });
}
