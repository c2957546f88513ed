/** @file Applies an augmentation to an image that has the model's size. */
import seedrandom from "seedrandom";
import type { Augmentation, AugmentationStep } from "./augmentation.js";
import type { Augmented } from "./dataset.js";
import { type Random, randAugmented } from "./randAugment.js";
import { flipped, type Raster, shifted } from "./raster.js";

/** An augmentation and where its random numbers come from: one image's share of `Augmented`. */
export interface Draw {
  readonly augmentation: Augmentation;
  /** Two images with the same are augmented alike. */
  readonly seed: string;
}

/** What is drawn for an example depends on the seed and its index only: on no other example, thread or batch. */
export function drawFor(augmented: Augmented | undefined, index: number): Draw | undefined {
  if (augmented === undefined || augmented.augmentation.length === 0) return undefined;
  return { augmentation: augmented.augmentation, seed: `${augmented.seed} ${index}` };
}

/** The random numbers of one image, to be drawn in the order of its steps. */
export const randomOf = ({ seed }: Draw): Random => seedrandom(seed);

export type InceptionCropStep = Extract<AugmentationStep, { readonly name: "inception-crop" }>;

/** The step that is taken while an image is brought to its size, if it is among them. */
export function cropOf(augmentation: Augmentation): InceptionCropStep | undefined {
  const [first] = augmentation;
  return first?.name === "inception-crop" ? first : undefined;
}

function applied(raster: Raster, step: AugmentationStep, random: Random): Raster {
  switch (step.name) {
    case "inception-crop":
      // Done already, when the image was brought to its size.
      return raster;
    case "flip":
      return random() < 0.5 ? flipped(raster) : raster;
    case "randaugment":
      return randAugmented(raster, step.layers, step.magnitude, random);
    case "pad-crop": {
      const shift = () => Math.floor(random() * (2 * step.pixels + 1)) - step.pixels;
      const down = shift();
      const right = shift();
      return shifted(raster, right, down);
    }
  }
}

/** The steps that are left once the image has the model's size; `random` has served those before. */
export function augment(raster: Raster, augmentation: Augmentation, random: Random): Raster {
  return augmentation.reduce((result, step) => applied(result, step, random), raster);
}
