/**
 * @file Tiles: the physical layouts that the TPU compiler gives a tensor, with their padding.
 *
 * A tile is `sublanes` rows of `lanes` elements, T(8,128) in XLA's print, whatever the element type: bf16 packs pairs of
 * rows into one, T(8,128)(2,1), so that its tiles are half as large. Fewer rows than a tile has take a tile of 4, 2 or 1.
 * The compiler is free to make any dimension the minor one, and picks those that need least padding: 196 tokens cost
 * nothing as long as they are neither in lanes nor in sublanes.
 */
import { BYTES_PER_ELEMENT, byteSize, elementCount, type TensorType } from "../src/program/types.js";

/** The registers' lanes and sublanes, as a hardware profile has them. */
export interface Tile {
  readonly lanes: { readonly value: number };
  readonly sublanes: { readonly value: number };
}

export interface Layout {
  readonly type: TensorType;
  /** The dimension that is contiguous, and the next; undefined for scalars and vectors. */
  readonly lanes?: number;
  readonly sublanes?: number;
  /** Rows of a tile that are in use; whole tiles where it is undefined. */
  readonly rows?: number;
  readonly paddedBytes: number;
}

/** The least multiple that is not smaller. */
export const roundUp = (size: number, multiple: number) => Math.ceil(size / multiple) * multiple;

const powerOfTwo = (size: number) => 2 ** Math.ceil(Math.log2(Math.max(size, 1)));

/** Rows of the tiles for `size` of them: T(4,128), T(2,128) and T(1,128) hold what would leave half of T(8,128) empty. */
const tileRows = (size: number, tile: Tile) => Math.min(tile.sublanes.value, powerOfTwo(size));

/** `size` rows in whole tiles. */
const paddedRows = (size: number, tile: Tile) => roundUp(size, tileRows(size, tile));

const paddedLanes = (size: number, tile: Tile) => roundUp(size, tile.lanes.value);

/** Layout with the given dimensions in lanes and sublanes. */
function tiled(type: TensorType, lanes: number, sublanes: number, tile: Tile): Layout {
  const padded = type.shape.map((size, d) => {
    if (d === lanes) return paddedLanes(size, tile);
    return d === sublanes ? paddedRows(size, tile) : size;
  });
  const rows = tileRows(type.shape[sublanes]!, tile);
  return { type, lanes, sublanes, rows, paddedBytes: elementCount(padded) * BYTES_PER_ELEMENT[type.dtype] };
}

/** Of two dimensions the one that pads less; the second on a tie. */
function lessPadded(
  { shape }: TensorType,
  [first, second]: readonly [number, number],
  padded: (size: number, tile: Tile) => number,
  tile: Tile,
): number {
  const growth = (d: number) => padded(shape[d]!, tile) / shape[d]!;
  return growth(first) < growth(second) ? first : second;
}

/** Vectors are padded to T(128), T(256), T(512) or multiples of T(1024). */
function vectorLayout(type: TensorType, tile: Tile): Layout {
  const size = elementCount(type.shape);
  const whole = tile.lanes.value * tile.sublanes.value;
  const padded = roundUp(size, Math.min(whole, Math.max(tile.lanes.value, powerOfTwo(size))));
  return { type, paddedBytes: padded * BYTES_PER_ELEMENT[type.dtype] };
}

/**
 * The layout of a value that nothing constrains: lanes hold its first or its last dimension (images: batch or
 * channels), sublanes the other of the two or the last but one, whichever pads less.
 */
export function freeLayout(type: TensorType, tile: Tile): Layout {
  const rank = type.shape.length;
  if (rank < 2) return vectorLayout(type, tile);
  const end = lessPadded(type, [0, rank - 1], paddedLanes, tile);
  // Features that a transpose has put in the middle stay where they lie, if both ends would be padded.
  const lanes = rank === 3 ? lessPadded(type, [1, end], paddedLanes, tile) : end;
  if (rank === 3 && lanes === 1) return tiled(type, 1, lessPadded(type, [0, 2], paddedRows, tile), tile);
  const otherEnd = lanes === 0 ? rank - 1 : 0;
  const beforeLast = rank - 2 === lanes ? otherEnd : rank - 2;
  return tiled(type, lanes, lessPadded(type, [beforeLast, otherEnd], paddedRows, tile), tile);
}

/**
 * The layout of an argument, which nothing computes: images of a small batch come with their width in lanes and
 * their height in sublanes ({2,1,3,0} in the compiler's output) where batch and channels would be mostly padding.
 */
export function argumentLayout(type: TensorType, tile: Tile): Layout {
  const free = freeLayout(type, tile);
  const rank = type.shape.length;
  if (rank < 4) return free;
  const inner = tiled(type, rank - 2, rank - 3, tile);
  return inner.paddedBytes < free.paddedBytes ? inner : free;
}

/** The layout of an operand or result of a batched dot: the two dimensions that are not batch are minor. */
export function matrixLayout(type: TensorType, batch: readonly number[], tile: Tile): Layout {
  const [first, second] = type.shape.map((_, d) => d).filter((d) => !batch.includes(d));
  if (first === undefined || second === undefined) return freeLayout(type, tile);
  const lanes = lessPadded(type, [first, second], paddedLanes, tile);
  return tiled(type, lanes, lanes === first ? second : first, tile);
}

/** The layout with the least padding of all. */
export function compactLayout(type: TensorType, tile: Tile): Layout {
  const dimensions = type.shape.map((_, d) => d);
  const layouts = dimensions.flatMap((lanes) =>
    dimensions.filter((d) => d !== lanes).map((sublanes) => tiled(type, lanes, sublanes, tile)),
  );
  return layouts.reduce(
    (best, layout) => (layout.paddedBytes < best.paddedBytes ? layout : best),
    freeLayout(type, tile),
  );
}

/** The layout of images for a convolution: batch and channels are minor, whichever pads less in lanes. */
export function convolutionLayout(type: TensorType, tile: Tile): Layout {
  const last = type.shape.length - 1;
  const lanes = lessPadded(type, [0, last], paddedLanes, tile);
  return tiled(type, lanes, lanes === 0 ? last : 0, tile);
}

/**
 * A layout that leaves less than this share of its tiles in use is not kept if the batch can lie in lanes instead: seen of
 * LiT's 16 tokens by 64 features (half used, batch in lanes) and not of ViT's 196 by 64 (three quarters).
 */
const LEAST_USED_SHARE = 1 / 2;

/** The layout of a batched dot's result: a matrix, unless no other batched dot reads it and its tiles were half empty. */
export function resultLayout(
  type: TensorType,
  batch: readonly number[],
  isMatrixOperand: boolean,
  tile: Tile,
): Layout {
  const layout = matrixLayout(type, batch, tile);
  const bytes = byteSize(type);
  if (isMatrixOperand || layout.paddedBytes * LEAST_USED_SHARE < bytes) return layout;
  const withBatchInLanes = tiled(type, 0, type.shape.length - 1, tile);
  return withBatchInLanes.paddedBytes < layout.paddedBytes ? withBatchInLanes : layout;
}

/** Elements that the registers of a value have room for: a tile of four rows leaves half of each empty. */
export function registerElements({ type, paddedBytes, rows }: Layout, { sublanes }: Tile): number {
  const filled = (rows ?? sublanes.value) / sublanes.value;
  return paddedBytes / BYTES_PER_ELEMENT[type.dtype] / filled;
}

/** `layout` for another type of the same number of elements. */
export function sameTiles(layout: Layout, type: TensorType): Layout {
  if (layout.type === type) return layout;
  const bytesPerElement = layout.paddedBytes / BYTES_PER_ELEMENT[layout.type.dtype];
  return { ...layout, type, paddedBytes: bytesPerElement * BYTES_PER_ELEMENT[type.dtype] };
}

/** In the compiler's notation, `{2,0,1}`, the minor-most dimension first; empty for vectors. */
export function layoutText({ type, lanes, sublanes }: Layout): string {
  const rank = type.shape.length;
  // A value that is read under another shape keeps the layout of the one it was written in.
  if (lanes === undefined || sublanes === undefined || Math.max(lanes, sublanes) >= rank) return "";
  const others = type.shape.map((_, d) => d).filter((d) => d !== lanes && d !== sublanes);
  // They follow from the inside out, as XLA prints them.
  return `{${[lanes, sublanes, ...others.reverse()].join(",")}}`;
}

/** What a layout takes beyond its elements, as a share of them; of scalars and vectors, which are less than a tile, nothing. */
export function paddingShare({ type, lanes, paddedBytes }: Layout): number {
  return lanes === undefined ? 0 : paddedBytes / byteSize(type) - 1;
}
