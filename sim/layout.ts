/**
 * @file Lays out: gives every buffer the physical layout that the TPU compiler would, with its tile padding, and
 * inserts the copies between layouts.
 *
 * A tile is `sublanes` rows of `lanes` elements, T(8,128) in XLA's print, whatever the element type: bf16 packs pairs of
 * rows into one, T(8,128)(2,1), so that its tiles are half as large. Fewer rows than a tile has take a tile of 4, 2 or 1.
 * The compiler is free to make any dimension the minor one, and picks
 * those that need least padding: 196 tokens cost nothing as long as they are neither in lanes nor in sublanes.
 * The operands and the result of a batched dot are not free: their two minor dimensions are the matrix's.
 */
import {
  BYTES_PER_ELEMENT,
  byteSize,
  elementCount,
  type Phase,
  sameShape,
  type TensorType,
  type ValueId,
} from "../src/program/types.js";
import type { FusedProgram, Fusion } from "./fusion.js";
import type { TpuProfile } from "./hardware.js";

export type BufferId = number;

export interface Layout {
  readonly type: TensorType;
  /** The dimension that is contiguous, and the next; undefined for scalars and vectors. */
  readonly lanes?: number;
  readonly sublanes?: number;
  readonly paddedBytes: number;
}

export interface Buffer {
  readonly value: ValueId;
  readonly layout: Layout;
}

/** A fusion, or a copy between layouts, with the buffers it touches. */
export interface ScheduledFusion {
  readonly fusion: Fusion;
  readonly reads: readonly BufferId[];
  readonly writes: readonly BufferId[];
}

export interface LaidOutProgram {
  readonly fused: FusedProgram;
  readonly buffers: readonly Buffer[];
  readonly schedule: readonly ScheduledFusion[];
  /** Buffers of the program's inputs, by input. */
  readonly inputs: readonly BufferId[];
  /** The buffer that holds each output, by output. */
  readonly outputs: readonly BufferId[];
}

export type Tile = Pick<TpuProfile, "lanes" | "sublanes">;

const roundUp = (size: number, multiple: number) => Math.ceil(size / multiple) * multiple;

const powerOfTwo = (size: number) => 2 ** Math.ceil(Math.log2(Math.max(size, 1)));

/** `size` rows in whole tiles: T(4,128), T(2,128) and T(1,128) hold what would leave half of a larger one empty. */
function paddedRows(size: number, tile: Tile): number {
  return roundUp(size, Math.min(tile.sublanes.value, powerOfTwo(size)));
}

const paddedLanes = (size: number, tile: Tile) => roundUp(size, tile.lanes.value);

/** Layout with the given dimensions in lanes and sublanes. */
function tiled(type: TensorType, lanes: number, sublanes: number, tile: Tile): Layout {
  const padded = type.shape.map((size, d) => {
    if (d === lanes) return paddedLanes(size, tile);
    return d === sublanes ? paddedRows(size, tile) : size;
  });
  return { type, lanes, sublanes, paddedBytes: elementCount(padded) * BYTES_PER_ELEMENT[type.dtype] };
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
function matrixLayout(type: TensorType, batch: readonly number[], tile: Tile): Layout {
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
function convolutionLayout(type: TensorType, tile: Tile): Layout {
  const last = type.shape.length - 1;
  const lanes = lessPadded(type, [0, last], paddedLanes, tile);
  return tiled(type, lanes, lanes === 0 ? last : 0, tile);
}

/** A layout that leaves less than this share of its tiles in use is not kept if the batch can lie in lanes instead. */
const LEAST_USED_SHARE = 1 / 2;

/** The layout of a batched dot's result: a matrix, unless no other batched dot reads it and its tiles were half empty. */
function resultLayout(
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

/** The layouts that a batched dot wants of its operands and gives its result; none for other fusions. */
function matrixLayouts(
  fused: FusedProgram,
  fusion: Fusion,
  matrixOperands: ReadonlySet<ValueId>,
  tile: Tile,
): { readonly operands: readonly Layout[]; readonly result: Layout } | undefined {
  const { root } = fusion;
  if (root.name !== "dotGeneral" || root.attributes.lhsBatch.length === 0) return undefined;
  const typeOf = (value: ValueId) => fused.program.types[value]!;
  const { lhsBatch, rhsBatch } = root.attributes;
  return {
    operands: [
      matrixLayout(typeOf(root.operands[0]!), lhsBatch, tile),
      matrixLayout(typeOf(root.operands[1]!), rhsBatch, tile),
    ],
    result: resultLayout(
      typeOf(root.results[0]!),
      lhsBatch.map((_, i) => i),
      fusion.writes.some((value) => matrixOperands.has(value)),
      tile,
    ),
  };
}

const isBatchedDot = ({ root }: Fusion) => root.name === "dotGeneral" && root.attributes.lhsBatch.length > 0;

/** Which buffers of a fusion hold each operand of its root: those of the operand's own size. */
function operandBuffers(fused: FusedProgram, fusion: Fusion): readonly (readonly ValueId[])[] {
  const producer = new Map(
    fusion.operations.flatMap((op) => op.results.map((result) => [result, op] as const)),
  );
  const reads = new Set(fusion.reads);
  return fusion.root.operands.map((operand) => {
    const size = elementCount(fused.program.types[operand]!.shape);
    const found = new Set<ValueId>();
    const stack = [operand];
    while (stack.length > 0) {
      const value = stack.pop()!;
      if (reads.has(value)) {
        if (elementCount(fused.program.types[value]!.shape) === size) found.add(value);
      } else stack.push(...(producer.get(value)?.operands ?? []));
    }
    return [...found];
  });
}

/** The layout of a matrix operand that a loop reads and whose shape its result has. */
function matrixRead(
  buffers: readonly Buffer[],
  reads: readonly BufferId[],
  matrix: ReadonlyMap<ValueId, BufferId>,
  type: TensorType,
): Layout | undefined {
  const id = reads.find(
    (read) =>
      matrix.get(buffers[read]!.value) === read && sameShape(buffers[read]!.layout.type.shape, type.shape),
  );
  return id === undefined ? undefined : buffers[id]!.layout;
}

/** `layout` for another type of the same number of elements. */
function sameTiles(layout: Layout, type: TensorType): Layout {
  const bytesPerElement = layout.paddedBytes / BYTES_PER_ELEMENT[layout.type.dtype];
  return { ...layout, type, paddedBytes: bytesPerElement * BYTES_PER_ELEMENT[type.dtype] };
}

/** The layout pass. */
export function layOut(fused: FusedProgram, tile: Tile): LaidOutProgram {
  const { program } = fused;
  const buffers: Buffer[] = [];
  const define = (value: ValueId, layout: Layout): BufferId => buffers.push({ value, layout }) - 1;
  /** The buffers that hold a value: as written, and copied to or from a matrix layout. */
  const free = new Map<ValueId, BufferId>();
  const matrix = new Map<ValueId, BufferId>();
  const schedule: ScheduledFusion[] = [];
  const matrixOperands = new Set(
    fused.fusions.filter(isBatchedDot).flatMap((fusion) => operandBuffers(fused, fusion).flat()),
  );

  const inputs = program.inputs.map(({ value }) => {
    const id = define(value, argumentLayout(program.types[value]!, tile));
    free.set(value, id);
    return id;
  });
  const copy = (value: ValueId, from: BufferId, layout: Layout, reader: Fusion): BufferId => {
    const id = define(value, layout);
    const fusion: Fusion = {
      ...reader,
      kind: "copy",
      operations: [],
      reads: [value],
      epilogueReads: [],
      writes: [value],
    };
    schedule.push({ fusion, reads: [from], writes: [id] });
    return id;
  };
  /** Images that came with their width in lanes are copied once, for the first convolution. */
  const forConvolution = (value: ValueId, reader: Fusion): BufferId => {
    const id = inFreeLayout(value, reader);
    const { lanes, type } = buffers[id]!.layout;
    if (lanes !== type.shape.length - 2) return id;
    const copied = copy(value, id, convolutionLayout(type, tile), reader);
    free.set(value, copied);
    return copied;
  };
  /** The phases in which values have been copied out of their matrix layout. */
  const copiedIn = new Map<ValueId, Phase>();
  const inFreeLayout = (value: ValueId, reader: Fusion): BufferId => {
    // What a later phase wants of an attention is its result as written: the copy is not kept for it.
    const madeFor = copiedIn.get(value);
    if (madeFor !== undefined && madeFor !== reader.phase) return matrix.get(value)!;
    const known = free.get(value);
    if (known !== undefined) return known;
    const id = copy(value, matrix.get(value)!, freeLayout(program.types[value]!, tile), reader);
    free.set(value, id);
    copiedIn.set(value, reader.phase);
    return id;
  };
  const inMatrixLayout = (value: ValueId, layout: Layout, reader: Fusion): BufferId => {
    const id = matrix.get(value) ?? copy(value, free.get(value)!, layout, reader);
    matrix.set(value, id);
    return id;
  };

  for (const fusion of fused.fusions) {
    const layouts = matrixLayouts(fused, fusion, matrixOperands, tile);
    const wanted = new Map<ValueId, BufferId>();
    if (layouts) {
      operandBuffers(fused, fusion).forEach((values, i) => {
        for (const value of values) wanted.set(value, inMatrixLayout(value, layouts.operands[i]!, fusion));
      });
    } else if (fusion.kind === "dot" || fusion.kind === "convolution") {
      const prepare = fusion.kind === "dot" ? inFreeLayout : forConvolution;
      for (const value of operandBuffers(fused, fusion).flat()) wanted.set(value, prepare(value, fusion));
    }
    // Elementwise work and reductions take whatever layout is there, and write the same one.
    const reads = fusion.reads.map((value) => wanted.get(value) ?? free.get(value) ?? matrix.get(value)!);
    const resultSize = elementCount(program.types[fusion.root.results[0]!]!.shape);
    const writes = fusion.writes.map((value) => {
      const type = program.types[value]!;
      const inherited = fusion.kind === "loop" ? matrixRead(buffers, reads, matrix, type) : undefined;
      const matrixLike = layouts && elementCount(type.shape) === resultSize ? layouts.result : inherited;
      const isMatrix = matrixLike !== undefined;
      const id = define(value, isMatrix ? sameTiles(matrixLike, type) : freeLayout(type, tile));
      (isMatrix ? matrix : free).set(value, id);
      return id;
    });
    schedule.push({ fusion, reads, writes });
  }
  const outputs = program.outputs.map(({ value }) => free.get(value) ?? matrix.get(value)!);
  return { fused, buffers, schedule, inputs, outputs };
}
