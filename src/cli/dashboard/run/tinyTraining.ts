/** @file The training that each family of models is tried with here: so small that it is over in about a minute. */
import { type Family, optionFlag } from "../../../models/options.js";
import { zoo } from "../../../models/zoo.js";

/** Families that learn from objects in images, of which there are none here. */
type Detectors = "mask-rcnn";

/** Sizes at which an epoch of MNIST takes about a minute on two cores; what is not named stays the model's own. */
const sizes: Readonly<Record<Exclude<Family, Detectors>, Readonly<Record<string, number | string>>>> = {
  vit: { patch: 7, width: 64, depth: 4, heads: 4 },
  mixer: { patch: 7, width: 64, depth: 4 },
  "two-tower": {
    imageTower: "trained",
    patch: 7,
    width: 64,
    depth: 3,
    heads: 4,
    textWidth: 64,
    textDepth: 3,
    textHeads: 4,
    textLength: 32,
  },
  resnet: { depth: 50, width: 8 },
  bit: { depth: 50, width: 8 },
  resnest: { depth: 50, width: 8, stemWidth: 4 },
  botnet: { depth: 50, width: 8, heads: 2 },
  efficientnet: { widthPercent: 25, depthPercent: 50 },
};

/** In place of what cannot learn from whole images. */
const INSTEAD = "vit-s16";

const BATCH = 128;

/** The arguments of `willfit train` for a model of the zoo, a small one of its family. Detectors have no data here: a ViT then. */
export function tinyTraining(model: string): string {
  const family = Object.hasOwn(zoo, model) ? zoo[model]!.family : undefined;
  if (family === undefined || family === "mask-rcnn") return tinyTraining(INSTEAD);
  const options = sizes[family];
  const small = Object.entries(options).map(([name, value]) => `${optionFlag(name)} ${value}`);
  return [model, ...small, `--data mnist --batch ${BATCH} --epochs 1`].join(" ");
}
