/**
 * @file What training images go through before the model sees them, written as big_vision writes it:
 * `inception-crop|flip|randaugment(2,10)`.
 */
import { UserError } from "../../src/units/userError.js";

export type AugmentationStep = never;
export type Augmentation = readonly AugmentationStep[];

/** @throws UserError for a step that there is not, or arguments that it does not take */
export function parseAugmentation(text: string): Augmentation {
  throw new UserError(`--augment ${text}: there is none yet`);
}
