/**
 * @file What the trainer needs of a data set of labelled images.
 */
export interface ImageExamples {
  /** f32 [n,H,W,C], row-major, values from −1 to 1. */
  readonly pixels: Float32Array;
  /** Class of each example. */
  readonly labels: Int32Array;
}

export interface Split {
  readonly count: number;
  /** The examples at these indices, in this order. */
  readonly examples: (indices: readonly number[] | Int32Array) => ImageExamples;
}

export interface ImageDataset {
  readonly name: string;
  /** Side of the square images in pixels. */
  readonly image: number;
  readonly channels: number;
  readonly classes: number;
  readonly train: Split;
  readonly test: Split;
}
