/**
 * @file Chooses buffers: which values are written to memory; all others live only inside the fusions that compute
 * them, some of them in several.
 */
import { byteSize, elementCount, type Operation, type Program, type ValueId } from "../src/program/types.js";
import { freeLayout, type Tile } from "./tiles.js";
import { operandsOf, roleOf, type Uses } from "./uses.js";

/** Where the compilers for different chips decide differently. */
export interface FusionRules {
  /**
   * A quotient that a dot reads (softmax's probabilities) is written instead of being computed in the dot, where its
   * rows are longer than this and the dot would compute it once for every tile.
   */
  readonly longestComputedQuotient: number;
  /**
   * Images times a gate of their channels (squeeze and excitation) are written before the convolution that reads them,
   * if they lie with the batch in lanes.
   */
  readonly writesGatedImages: boolean;
  readonly tile: Tile;
}

/** A root or an operand smaller than this share of a value costs next to nothing to read again. */
export const SMALL_SHARE = 1 / 8;

/** Longer epilogues than this do not occur; the bound keeps the search linear. */
const LONGEST_EPILOGUE = 64;

/**
 * Follows the elementwise operations behind a dot's or convolution's result to the value that is written in its
 * place: a projection writes the sum with its bias and residual, an input gradient what it is after the GELU's
 * derivative. That is the last value which everything computed from the result passes through.
 */
function epilogueEnd(program: Program, uses: Uses, start: ValueId): ValueId {
  const bytes = byteSize(program.types[start]!);
  let end = start;
  /** Consumers still to be followed, and for each value how many of its consumers those are. */
  const frontier = new Set(uses.consumers[start]!);
  const open = new Map<ValueId, number>([[start, uses.consumers[start]!.length]]);
  for (let step = 0; step < LONGEST_EPILOGUE && frontier.size > 0; step++) {
    let next: Operation | undefined;
    for (const operation of frontier) {
      if (!next || uses.position.get(operation)! < uses.position.get(next)!) next = operation;
    }
    if (!next || roleOf(next) !== "inline" || next.results.length !== 1 || next.name === "concatenate")
      return end;
    frontier.delete(next);
    for (const operand of new Set(next.operands)) {
      const left = open.get(operand);
      if (left === undefined) continue;
      if (left === 1 && !uses.isOutput.has(operand)) open.delete(operand);
      else open.set(operand, left - 1);
    }
    const result = next.results[0]!;
    open.set(result, uses.consumers[result]!.length);
    for (const consumer of uses.consumers[result]!) frontier.add(consumer);
    if (open.size > 1) continue;
    const grows = byteSize(program.types[result]!) > bytes;
    // A gradient is widened to f32 for its all-reduce in the fusion that makes it; an activation never is.
    const forCollective = uses.consumers[result]!.every((consumer) => roleOf(consumer) === "collective");
    if (!grows || (forCollective && next.name === "convert")) end = result;
  }
  return end;
}

/** Enough distinct readers to decide; counting further would make the pass quadratic. */
const ENOUGH_READERS = 8;

/** How many fusions would read each value if no inline value had a buffer, counted up to `ENOUGH_READERS`. */
function readerCounts(program: Program, uses: Uses): (value: ValueId) => number {
  const readers: (ReadonlySet<Operation> | undefined)[] = new Array(program.types.length);
  for (const operation of [...program.operations].reverse()) {
    for (const result of operation.results) {
      const only = onlyInlineReader(uses, result);
      if (only !== undefined) {
        readers[result] = readers[only];
        continue;
      }
      const found = new Set<Operation>();
      for (const consumer of uses.consumers[result]!) {
        // Reductions ride along with the fusion that writes what they reduce.
        if (roleOf(consumer) === "reduction" || found.size >= ENOUGH_READERS) continue;
        if (roleOf(consumer) !== "inline") found.add(consumer);
        else {
          for (const next of consumer.results) {
            if (!operandsOf(consumer, next).includes(result)) continue;
            for (const reader of readers[next] ?? []) found.add(reader);
          }
        }
      }
      if (uses.isOutput.has(result)) found.add(operation);
      readers[result] = found;
    }
  }
  return (value) => readers[value]?.size ?? 0;
}

/** The result of the one inline operation that reads a value: whoever reads that reads the value. */
function onlyInlineReader(uses: Uses, value: ValueId): ValueId | undefined {
  const [consumer, ...others] = uses.consumers[value]!;
  const single = consumer && others.length === 0 && consumer.results.length === 1;
  return single && roleOf(consumer) === "inline" && !uses.isOutput.has(value)
    ? consumer.results[0]
    : undefined;
}

/** Decides which values are written to memory, with the operation each is written by. */
export function chooseBuffers(
  program: Program,
  uses: Uses,
  rules: FusionRules,
): ReadonlyMap<ValueId, Operation> {
  const writtenBy = new Map<ValueId, Operation>();
  for (const operation of program.operations) {
    const role = roleOf(operation);
    if (role === "inline") continue;
    const [result] = operation.results;
    const matrix = role === "dot" || role === "convolution";
    writtenBy.set(matrix ? epilogueEnd(program, uses, result!) : result!, operation);
  }
  for (const value of [...uses.isOutput, ...turnedProducts(program, uses).values()]) {
    const operation = uses.producer[value];
    if (operation && !writtenBy.has(value)) writtenBy.set(value, operation);
  }

  const readers = readerCounts(program, uses);
  /** Buffers that an inline value is computed from. */
  const roots: ReadonlySet<ValueId>[] = new Array(program.types.length);
  const rootsOf = (value: ValueId): ReadonlySet<ValueId> =>
    writtenBy.has(value) || !uses.producer[value] ? new Set([value]) : (roots[value] ?? NO_ROOTS);
  for (const operation of program.operations) {
    if (roleOf(operation) !== "inline") continue;
    for (const result of operation.results) {
      const union = unionOf(operandsOf(operation, result).map(rootsOf));
      roots[result] = union;
      if (writtenBy.has(result)) continue;
      const feedsCollective = uses.consumers[result]!.some((consumer) => roleOf(consumer) === "collective");
      const quotient =
        operation.name === "divide" && program.types[result]!.shape.at(-1)! > rules.longestComputedQuotient;
      const feedsDot = uses.consumers[result]!.some((consumer) => roleOf(consumer) === "dot");
      // Windows overlap: what they read would be computed again for each. They do their own padding.
      const feedsWindow =
        operation.name !== "pad" && consumersThroughPads(uses, result).some((it) => roleOf(it) === "window");
      if (
        feedsCollective ||
        feedsWindow ||
        (quotient && feedsDot) ||
        (feedsDot && movesFeatures(operation)) ||
        (rules.writesGatedImages && isGated(program, uses, operation, rules.tile)) ||
        regroups(program, uses, operation) ||
        isWorthWriting(program, result, union, readers(result))
      ) {
        writtenBy.set(result, operation);
      }
    }
  }
  return writtenBy;
}

/** Whether a product with a gate of each image's channels goes into a convolution with its batch in lanes. */
function isGated(program: Program, uses: Uses, operation: Operation, tile: Tile): boolean {
  if (operation.name !== "multiply") return false;
  const [result] = operation.results;
  const type = program.types[result!]!;
  const feedsConvolution = uses.consumers[result!]!.some((consumer) => roleOf(consumer) === "convolution");
  if (!feedsConvolution || freeLayout(type, tile).lanes !== 0) return false;
  return operation.operands.some((operand) => {
    const gate = uses.producer[operand];
    if (gate?.name !== "broadcastInDim") return false;
    const { dimensions } = gate.attributes;
    return dimensions.length === 2 && dimensions[0] === 0 && dimensions[1] === type.shape.length - 1;
  });
}

/**
 * Sums of a residual stream with a product that is turned for it, and that product as it was. The compiler keeps such a
 * stream in both orientations, and for the backward pass of the sum the product beside it (MLP-Mixer's token mixing).
 */
export function turnedProducts(program: Program, uses: Uses): ReadonlyMap<ValueId, ValueId> {
  const products = new Map<ValueId, ValueId>();
  for (const operation of program.operations) {
    if (operation.name !== "add" || operation.phase !== "forward") continue;
    for (const operand of operation.operands) {
      const turn = uses.producer[operand];
      if (turn && movesFeatures(turn)) products.set(operation.results[0]!, turn.operands[0]!);
    }
  }
  return products;
}

/** Whether a transpose takes the features out of the last place: a dot across tokens reads the turned copy. */
function movesFeatures(operation: Operation): boolean {
  if (operation.name !== "transpose") return false;
  const { permutation } = operation.attributes;
  return permutation.at(-1) !== permutation.length - 1;
}

/** Whether a reshape joins dimensions that a transpose has brought together: patches cut from an image are a real copy. */
function regroups(program: Program, uses: Uses, operation: Operation): boolean {
  if (operation.name !== "reshape") return false;
  const transposed = uses.producer[operation.operands[0]!];
  if (transposed?.name !== "transpose") return false;
  const { permutation } = transposed.attributes;
  const from = program.types[transposed.results[0]!]!.shape;
  const boundaries = new Set(prefixProducts(program.types[operation.results[0]!]!.shape));
  return prefixProducts(from).some(
    (before, i) =>
      i > 0 && !boundaries.has(before) && from[i]! > 1 && permutation[i] !== permutation[i - 1]! + 1,
  );
}

/** The product of all sizes before each dimension. */
function prefixProducts(shape: readonly number[]): readonly number[] {
  let product = 1;
  return shape.map((size) => {
    const before = product;
    product *= size;
    return before;
  });
}

/** Who reads a value, or the value padded. */
function consumersThroughPads(uses: Uses, value: ValueId): readonly Operation[] {
  return uses.consumers[value]!.flatMap((consumer) =>
    consumer.name === "pad" ? consumersThroughPads(uses, consumer.results[0]!) : [consumer],
  );
}

const NO_ROOTS: ReadonlySet<ValueId> = new Set();

/** The union of some sets; one of them itself where the others are empty, as most often. */
function unionOf(sets: readonly ReadonlySet<ValueId>[]): ReadonlySet<ValueId> {
  const [first = NO_ROOTS, ...others] = sets.filter(({ size }) => size > 0);
  return others.length === 0 ? first : new Set([...first, ...others.flatMap((set) => [...set])]);
}

/**
 * Whether n readers that each compute the value again from its k large roots (n·k reads) move more than writing
 * it once (k reads, 1 write, n reads).
 */
function isWorthWriting(
  program: Program,
  value: ValueId,
  roots: ReadonlySet<ValueId>,
  readers: number,
): boolean {
  const size = elementCount(program.types[value]!.shape);
  let large = 0;
  for (const root of roots) {
    if (elementCount(program.types[root]!.shape) >= size * SMALL_SHARE) large++;
  }
  return readers * large > large + 1 + readers;
}
