/**
 * @file Every model by its name. A new model is its file and a line here.
 */

import { nearestName } from "../units/nearestName.js";
import { UserError } from "../units/userError.js";
import type { Model } from "./model.js";
import { type ModelOptions, type OptionValues, requireMultiple, resolveOptions } from "./options.js";
import { resnetClassifier } from "./resnet.js";
import { twoTower } from "./twoTower.js";
import { type VitShape, vitClassifier, vitVariants } from "./vit.js";

export interface ZooEntry {
  readonly description: string;
  readonly paper: string;
  /** @throws UserError when an option is unknown or cannot be built */
  readonly build: (overrides: ModelOptions) => Model;
}

function checkTransformer(options: {
  readonly image: number;
  readonly patch: number;
  readonly width: number;
  readonly heads: number;
  readonly posemb: string;
}): void {
  requireMultiple(options.image, "image", options.patch, "patch");
  requireMultiple(options.width, "width", options.heads, "heads");
  if (options.posemb === "sincos2d" && options.width % 4 !== 0) {
    throw new UserError(`--width ${options.width}: sincos2d positions need a multiple of 4`);
  }
}

/** The hidden width follows the width (four times it) unless given; every published variant but two has that. */
function withMlp(overrides: ModelOptions): ModelOptions {
  const { width } = overrides;
  return typeof width === "number" && overrides.mlp === undefined
    ? { ...overrides, mlp: width * 4 }
    : overrides;
}

function vitEntry(name: string, shape: VitShape, patch: number): ZooEntry {
  const defaults: OptionValues<"vit"> = {
    image: 224,
    patch,
    channels: 3,
    ...shape,
    classes: 1000,
    head: "hidden",
    pool: "gap",
    posemb: "sincos2d",
  };
  return {
    description: "plain vision transformer",
    paper: "arXiv 2205.01580",
    build: (overrides) => {
      const options = resolveOptions(name, "vit", defaults, withMlp(overrides));
      checkTransformer(options);
      return vitClassifier(name, options);
    },
  };
}

function siglipEntry(name: string, shape: VitShape, patch: number): ZooEntry {
  const defaults: OptionValues<"two-tower"> = {
    image: 224,
    patch,
    channels: 3,
    ...shape,
    pool: "map",
    posemb: "learned",
    textLength: 16,
    vocabulary: 32_000,
  };
  return {
    description: "image and text towers compared by a pairwise loss",
    paper: "arXiv 2303.15343",
    build: (overrides) => {
      const options = resolveOptions(name, "two-tower", defaults, withMlp(overrides));
      checkTransformer(options);
      return twoTower(name, options);
    },
  };
}

function resnetEntry(name: string, depth: 50): ZooEntry {
  const defaults: OptionValues<"resnet"> = { image: 224, channels: 3, width: 64, depth, classes: 1000 };
  return {
    description: "residual network v1.5",
    paper: "arXiv 1512.03385",
    build: (overrides) => resnetClassifier(name, resolveOptions(name, "resnet", defaults, overrides)),
  };
}

export const zoo: Readonly<Record<string, ZooEntry>> = {
  "vit-s16": vitEntry("vit-s16", vitVariants.S, 16),
  "vit-b16": vitEntry("vit-b16", vitVariants.B, 16),
  resnet50: resnetEntry("resnet50", 50),
  "siglip-b16": siglipEntry("siglip-b16", vitVariants.B, 16),
};

/**
 * Builds a model of the zoo.
 *
 * @throws UserError for an unknown name (with the nearest known one) or impossible options
 */
export function buildModel(name: string, overrides: ModelOptions = {}): Model {
  const entry = Object.hasOwn(zoo, name) ? zoo[name] : undefined;
  if (!entry) throw new UserError(`unknown model "${name}"; ${nearestName(name, Object.keys(zoo))}`);
  return entry.build(overrides);
}
