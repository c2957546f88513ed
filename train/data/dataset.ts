/**
 * @file What the trainer needs of a data set of labelled images.
 */
export interface ImageExamples {
  /** f32 [n,H,W,C], row-major, values from −1 to 1. */
  readonly pixels: Float32Array;
  /** Class of each example. */
  readonly labels: Int32Array;
  /** Places of examples that could not be read: their pixels are zeros. */
  readonly missing: readonly number[];
}

export interface Split {
  readonly count: number;
  /** The examples at these indices, in this order. */
  readonly examples: (indices: readonly number[] | Int32Array) => Promise<ImageExamples>;
}

export interface ImageDataset {
  readonly name: string;
  /** What a resumed run has to find again; `name` where that is enough. */
  readonly identity?: string;
  /** Side of the square images in pixels. */
  readonly image: number;
  readonly channels: number;
  readonly classes: number;
  readonly train: Split;
  readonly test: Split;
}
