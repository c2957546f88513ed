/**
 * @file What the trainer needs of a data set of images: labelled, captioned, or both.
 */
import type { Augmentation } from "./augmentation.js";

export interface ImageExamples {
  /** f32 [n,H,W,C], row-major, values from −1 to 1. */
  readonly pixels: Float32Array;
  /** Class of each example; −1 where it has none. */
  readonly labels: Int32Array;
  /** A text that goes with each image, of data sets that have them. */
  readonly captions?: readonly string[];
  /** Places of examples that could not be read: their pixels are zeros. */
  readonly missing: readonly number[];
}

/** How a training batch is to be augmented. */
export interface Augmented {
  readonly augmentation: Augmentation;
  /** With an example's index it seeds what is drawn for that example, so that a resumed run draws the same. */
  readonly seed: string;
}

export interface Split {
  readonly count: number;
  /** The examples at these indices, in this order; as they are unless they are to be augmented. */
  readonly examples: (
    indices: readonly number[] | Int32Array,
    augmented?: Augmented,
  ) => Promise<ImageExamples>;
}

export interface ImageDataset {
  readonly name: string;
  /** What a resumed run has to find again; `name` where that is enough. */
  readonly identity?: string;
  /** Side of the square images in pixels. */
  readonly image: number;
  readonly channels: number;
  /** Their names, a label being a place in this list; none where images have captions only. */
  readonly classes: readonly string[];
  readonly train: Split;
  readonly test: Split;
}
