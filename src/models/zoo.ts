/**
 * @file Every model by its name. A new model is its file and a line here.
 */
import { nearestName } from "../units/nearestName.js";
import { UserError } from "../units/userError.js";
import { bitEntry } from "./bit.js";
import { botnetEntry, botnetScaledEntry } from "./botnet.js";
import { maskRcnnEntry } from "./detection/maskRcnn.js";
import { efficientnetEntry, efficientnetScales } from "./efficientnet.js";
import type { ZooEntry } from "./entry.js";
import { mixerEntry, mixerVariants } from "./mixer.js";
import type { Model, ModelDefinition } from "./model.js";
import { familyOptions, type ModelOptions } from "./options.js";
import { resnestEntry } from "./resnest.js";
import { resnetEntry } from "./resnet.js";
import { litEntry, shallowLarge, siglipEntry } from "./twoTower.js";
import { vitEntry, vitVariants } from "./vit.js";

/** As big_vision writes them: g and G are two different sizes. */
const variantNames = {
  ti: vitVariants.Ti,
  s: vitVariants.S,
  b: vitVariants.B,
  l: vitVariants.L,
  so400m: vitVariants.So400m,
  h: vitVariants.H,
  g: vitVariants.g,
  G: vitVariants.G,
};
const patchSizes = [32, 16, 14, 8];

/** vit-ti32 to vit-G8. */
const vits = Object.fromEntries(
  Object.entries(variantNames).flatMap(([letter, shape]) =>
    patchSizes.map((patch) => [`vit-${letter}${patch}`, vitEntry(shape, patch)] as const),
  ),
);

const efficientnets = Object.fromEntries(
  Object.entries(efficientnetScales).map(
    ([letter, scales]) => [`efficientnet-${letter}`, efficientnetEntry(scales)] as const,
  ),
);

const { B, L, So400m, g } = vitVariants;

/** The models by their names, `zoo["vit-s16"]`. */
export const zoo: Readonly<Record<string, ZooEntry>> = {
  ...vits,
  "mixer-s16": mixerEntry(mixerVariants.S, 16),
  "mixer-b16": mixerEntry(mixerVariants.B, 16),
  "mixer-l16": mixerEntry(mixerVariants.L, 16),
  "siglip-b16": siglipEntry(B, 16),
  "siglip-l16": siglipEntry(L, 16),
  "siglip-so400m14": siglipEntry(So400m, 14),
  "lit-b8": litEntry(B, 8, shallowLarge),
  "lit-l16": litEntry(L, 16, L),
  "lit-g14": litEntry(g, 14, L),
  resnet50: resnetEntry(50),
  resnet101: resnetEntry(101),
  resnet152: resnetEntry(152),
  "se-resnet50": resnetEntry(50, 16),
  "se-resnet101": resnetEntry(101, 16),
  "se-resnet152": resnetEntry(152, 16),
  "bit-r50x1": bitEntry(50),
  resnest50: resnestEntry(50, 32, 224),
  resnest200: resnestEntry(200, 64, 320),
  botnet50: botnetEntry(50, 2),
  "botnet-s1-50": botnetEntry(50, 1),
  "botnet-s1-59": botnetEntry(59, 1),
  "botnet-t3": botnetScaledEntry(59, 224),
  "botnet-t4": botnetScaledEntry(110, 224),
  "botnet-t5": botnetScaledEntry(128, 256),
  "botnet-t6": botnetScaledEntry(77, 320),
  "botnet-t7": botnetScaledEntry(128, 384),
  ...efficientnets,
  "mask-rcnn-r50": maskRcnnEntry("resnet", 50),
  "mask-rcnn-r101": maskRcnnEntry("resnet", 101),
  "mask-rcnn-botnet50": maskRcnnEntry("botnet", 50),
};

/** A model by its name in the zoo, or as what `defineModel` gives. */
export type ModelLike = string | ModelDefinition;

/** The line of the zoo. @throws UserError for an unknown name, with the nearest known one */
function entryOf(name: string): ZooEntry {
  const entry = Object.hasOwn(zoo, name) ? zoo[name] : undefined;
  if (!entry) throw new UserError(`unknown model "${name}"; ${nearestName(name, Object.keys(zoo))}`);
  return entry;
}

/**
 * Builds a model of the zoo, or one of one's own.
 *
 * @throws UserError for an unknown name (with the nearest known one) or impossible options
 */
export function buildModel(model: ModelLike, overrides: ModelOptions = {}): Model {
  return typeof model === "string" ? entryOf(model).build(model, overrides) : model.build(overrides);
}

/** The names of the options that a model has. @throws UserError for an unknown name */
export function optionNames(model: ModelLike): readonly string[] {
  if (typeof model !== "string") return model.optionNames;
  return Object.keys(familyOptions[entryOf(model).family].shape);
}
