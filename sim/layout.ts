/**
 * @file Lays out: gives every buffer the physical layout that the TPU compiler would, and inserts the copies between
 * layouts. The operands and the result of a batched dot are not free: their two minor dimensions are the matrix's.
 */
import {
  elementCount,
  type Phase,
  type Program,
  sameShape,
  type TensorType,
  type ValueId,
} from "../src/program/types.js";
import type { FusedProgram, Fusion } from "./fusion.js";
import { narrowedValues } from "./narrowed.js";
import {
  argumentLayout,
  convolutionLayout,
  freeLayout,
  type Layout,
  matrixLayout,
  resultLayout,
  sameTiles,
  type Tile,
} from "./tiles.js";

export type BufferId = number;
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

/** The layouts of tensors in their roles: one object for all of one type and role. */
interface Layouts {
  readonly argument: (type: TensorType) => Layout;
  readonly free: (type: TensorType) => Layout;
  readonly convolution: (type: TensorType) => Layout;
  /** Of an operand of a batched dot. */
  readonly matrix: (type: TensorType, batch: readonly number[]) => Layout;
  readonly result: (type: TensorType, batchDimensions: number, isMatrixOperand: boolean) => Layout;
  readonly sameTiles: (layout: Layout, type: TensorType) => Layout;
  /** With its elements in bf16. */
  readonly narrowed: (layout: Layout) => Layout;
}

function layoutsFor(tile: Tile): Layouts {
  const known = new Map<TensorType | Layout, Map<unknown, Layout>>();
  const once = (of: TensorType | Layout, role: unknown, make: () => Layout): Layout => {
    const byRole = known.get(of) ?? new Map<unknown, Layout>();
    known.set(of, byRole);
    const layout = byRole.get(role) ?? make();
    byRole.set(role, layout);
    return layout;
  };
  return {
    argument: (type) => once(type, "argument", () => argumentLayout(type, tile)),
    free: (type) => once(type, "free", () => freeLayout(type, tile)),
    convolution: (type) => once(type, "convolution", () => convolutionLayout(type, tile)),
    matrix: (type, batch) => once(type, `matrix ${batch}`, () => matrixLayout(type, batch, tile)),
    result: (type, dimensions, isMatrixOperand) => {
      const batch = type.shape.map((_, d) => d).slice(0, dimensions);
      const role = `result ${dimensions} ${isMatrixOperand}`;
      return once(type, role, () => resultLayout(type, batch, isMatrixOperand, tile));
    },
    sameTiles: (layout, type) => once(layout, type, () => sameTiles(layout, type)),
    narrowed: (layout) =>
      once(layout, "narrowed", () => sameTiles(layout, { ...layout.type, dtype: "bf16" })),
  };
}

/** The layouts that a batched dot wants of its operands and gives its result; none for other fusions. */
function matrixLayouts(
  { types }: Program,
  { root, writes }: Fusion,
  matrixOperands: ReadonlySet<ValueId>,
  layouts: Layouts,
): { readonly operands: readonly Layout[]; readonly result: Layout } | undefined {
  if (root.name !== "dotGeneral" || root.attributes.lhsBatch.length === 0) return undefined;
  const { lhsBatch, rhsBatch } = root.attributes;
  const [lhs, rhs] = root.operands;
  const isMatrixOperand = writes.some((value) => matrixOperands.has(value));
  return {
    operands: [layouts.matrix(types[lhs!]!, lhsBatch), layouts.matrix(types[rhs!]!, rhsBatch)],
    result: layouts.result(types[root.results[0]!]!, lhsBatch.length, isMatrixOperand),
  };
}

const isBatchedDot = ({ root }: Fusion) => root.name === "dotGeneral" && root.attributes.lhsBatch.length > 0;

/** Which buffers of a fusion hold each operand of its root: those of the operand's own size. */
function operandBuffers({ types }: Program, { root, operandReads }: Fusion): readonly (readonly ValueId[])[] {
  return operandReads.map((values, i) => {
    const size = elementCount(types[root.operands[i]!]!.shape);
    return values.filter((value) => elementCount(types[value]!.shape) === size);
  });
}

/** The layout of a matrix operand that a loop reads and whose shape its result has. */
function matrixRead(
  buffers: readonly Buffer[],
  reads: readonly BufferId[],
  matrix: readonly (BufferId | undefined)[],
  type: TensorType,
): Layout | undefined {
  const id = reads.find(
    (read) =>
      matrix[buffers[read]!.value] === read && sameShape(buffers[read]!.layout.type.shape, type.shape),
  );
  return id === undefined ? undefined : buffers[id]!.layout;
}
/** The layout pass. */
export function layOut(fused: FusedProgram, tile: Tile): LaidOutProgram {
  const { program } = fused;
  const layouts = layoutsFor(tile);
  const buffers: Buffer[] = [];
  const define = (value: ValueId, layout: Layout): BufferId => buffers.push({ value, layout }) - 1;
  /** The buffers that hold each value: as written, and copied to or from a matrix layout. */
  const free: (BufferId | undefined)[] = new Array(program.types.length).fill(undefined);
  const matrix: (BufferId | undefined)[] = new Array(program.types.length).fill(undefined);
  const schedule: ScheduledFusion[] = [];
  const matrixOperands = new Set(
    fused.fusions.filter(isBatchedDot).flatMap((fusion) => operandBuffers(program, fusion).flat()),
  );

  const inputs = program.inputs.map(({ value }) => {
    const id = define(value, layouts.argument(program.types[value]!));
    free[value] = id;
    return id;
  });
  const copy = (value: ValueId, from: BufferId, layout: Layout, reader: Fusion): BufferId => {
    const id = define(value, layout);
    const fusion: Fusion = {
      ...reader,
      kind: "copy",
      operations: [],
      reads: [value],
      operandReads: [],
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
    const copied = copy(value, id, layouts.convolution(type), reader);
    free[value] = copied;
    return copied;
  };
  /** The phases in which values have been copied out of their matrix layout. */
  const copiedIn = new Map<ValueId, Phase>();
  const inFreeLayout = (value: ValueId, reader: Fusion): BufferId => {
    // What a later phase wants of an attention is its result as written: the copy is not kept for it.
    const madeFor = copiedIn.get(value);
    if (madeFor !== undefined && madeFor !== reader.phase) return matrix[value]!;
    const known = free[value];
    if (known !== undefined) return known;
    const id = copy(value, matrix[value]!, layouts.free(program.types[value]!), reader);
    free[value] = id;
    copiedIn.set(value, reader.phase);
    return id;
  };
  const inMatrixLayout = (value: ValueId, layout: Layout, reader: Fusion): BufferId => {
    const id = matrix[value] ?? copy(value, free[value]!, layout, reader);
    matrix[value] = id;
    return id;
  };

  for (const fusion of fused.fusions) {
    const ofDot = matrixLayouts(program, fusion, matrixOperands, layouts);
    const wanted = new Map<ValueId, BufferId>();
    if (ofDot) {
      operandBuffers(program, fusion).forEach((values, i) => {
        for (const value of values) wanted.set(value, inMatrixLayout(value, ofDot.operands[i]!, fusion));
      });
    } else if (fusion.kind === "dot" || fusion.kind === "convolution") {
      const prepare = fusion.kind === "dot" ? inFreeLayout : forConvolution;
      for (const value of operandBuffers(program, fusion).flat()) wanted.set(value, prepare(value, fusion));
    }
    // Elementwise work and reductions take whatever layout is there, and write the same one.
    const reads = fusion.reads.map((value) => wanted.get(value) ?? free[value] ?? matrix[value]!);
    const resultSize = elementCount(program.types[fusion.root.results[0]!]!.shape);
    const writes = fusion.writes.map((value) => {
      const type = program.types[value]!;
      const inherited = fusion.kind === "loop" ? matrixRead(buffers, reads, matrix, type) : undefined;
      const matrixLike = ofDot && elementCount(type.shape) === resultSize ? ofDot.result : inherited;
      const isMatrix = matrixLike !== undefined;
      const id = define(value, isMatrix ? layouts.sameTiles(matrixLike, type) : layouts.free(type));
      (isMatrix ? matrix : free)[value] = id;
      return id;
    });
    schedule.push({ fusion, reads, writes });
  }
  const outputs = program.outputs.map(({ value }) => free[value] ?? matrix[value]!);
  const narrowed = narrowedValues(fused);
  const stored = buffers.map((buffer): Buffer => {
    const { value, layout } = buffer;
    return narrowed.has(value) ? { value, layout: layouts.narrowed(layout) } : buffer;
  });
  return { fused, buffers: stored, schedule, inputs, outputs };
}
