/**
 * @file Chooses buffers: which values are written to memory; all others live only inside the fusions that compute
 * them, some of them in several.
 */
import { byteSize, elementCount, type Operation, type Program, type ValueId } from "../src/program/types.js";
import type { SizeQuestion, Sizes } from "./sizes.js";
import { operandsOf, roleOf, type Uses } from "./uses.js";
import { alwaysWritten, type FusionRules, turnedProducts } from "./written.js";

/** A root or an operand smaller than this share of a value costs next to nothing to read again. */
const SMALL_SHARE = 1 / 8;

/** Whether `a` is not small beside `b`. */
export const isLargeBeside: SizeQuestion<boolean> = (a, b) =>
  elementCount(a.shape) >= elementCount(b.shape) * SMALL_SHARE;

const hasMoreBytes: SizeQuestion<boolean> = (a, b) => byteSize(a) > byteSize(b);

/** Longer epilogues than this do not occur; the bound keeps the search linear. */
const LONGEST_EPILOGUE = 64;

/**
 * Follows the elementwise operations behind a dot's or convolution's result to the value that is written in its
 * place: a projection writes the sum with its bias and residual, an input gradient what it is after the GELU's
 * derivative. That is the last value which everything computed from the result passes through. A sum of products, such as
 * the gradients through query, key and value, is added to in the fusion of the last of them.
 */
function epilogueEnd(
  sizes: Sizes,
  uses: Uses,
  start: ValueId,
  latestProduct: (value: ValueId) => number,
): ValueId {
  const own = latestProduct(start);
  let end = start;
  /** Consumers still to be followed, and for each value how many of its consumers those are. */
  const frontier = new Set(uses.consumers[start]!);
  const open = new Map<ValueId, number>([[start, uses.consumers[start]!.length]]);
  for (let step = 0; step < LONGEST_EPILOGUE && frontier.size > 0; step++) {
    let next: Operation | undefined;
    for (const operation of frontier) {
      if (!next || uses.positionOf(operation) < uses.positionOf(next)) next = operation;
    }
    if (!next || roleOf(next) !== "inline" || next.results.length !== 1 || next.name === "concatenate")
      return end;
    if (next.operands.some((operand) => latestProduct(operand) > own)) return end;
    // On one device an update follows its gradient at once; it would be fused, but not for that be made at the end.
    if (next.phase === "update") return end;
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
    const grows = sizes.ask(hasMoreBytes, result, start);
    // A gradient is widened to f32 for its all-reduce in the fusion that makes it; an activation never is.
    const forCollective = uses.consumers[result]!.every((consumer) => roleOf(consumer) === "collective");
    if (!grows || (forCollective && next.name === "convert")) end = result;
  }
  return end;
}

/** For each value that is computed without a buffer in between from a dot's or convolution's result: where the last is. */
function latestProducts(program: Program): (value: ValueId) => number {
  const latest: number[] = new Array(program.types.length).fill(-1);
  program.operations.forEach((operation, position) => {
    const role = roleOf(operation);
    for (const result of operation.results) {
      if (role === "dot" || role === "convolution") latest[result] = position;
      else if (role === "inline") {
        for (const operand of operandsOf(operation, result))
          latest[result] = Math.max(latest[result]!, latest[operand]!);
      }
    }
  });
  return (value) => latest[value]!;
}

/** Enough distinct readers to decide; counting further would make the pass quadratic. */
const ENOUGH_READERS = 8;

/**
 * How many fusions would read each value if no inline value but those of `written` had a buffer, counted up to
 * `ENOUGH_READERS`.
 */
function readerCounts(
  program: Program,
  uses: Uses,
  written: ReadonlyMap<ValueId, Operation>,
): (value: ValueId) => number {
  const readers: (readonly Operation[] | undefined)[] = new Array(program.types.length);
  for (const operation of [...program.operations].reverse()) {
    for (const result of operation.results) {
      const only = onlyInlineReader(uses, result);
      if (only !== undefined && !written.has(only)) {
        readers[result] = readers[only];
        continue;
      }
      const found: Operation[] = [];
      const add = (reader: Operation) => {
        if (!found.includes(reader)) found.push(reader);
      };
      for (const consumer of uses.consumers[result]!) {
        const role = roleOf(consumer);
        // Reductions ride along with the fusion that writes what they reduce.
        if (role === "reduction" || found.length >= ENOUGH_READERS) continue;
        if (role !== "inline") add(consumer);
        else {
          for (const next of consumer.results) {
            if (!operandsOf(consumer, next).includes(result)) continue;
            if (written.has(next)) add(consumer);
            else readers[next]?.forEach(add);
          }
        }
      }
      if (uses.isOutput.has(result)) add(operation);
      readers[result] = found;
    }
  }
  return (value) => readers[value]?.length ?? 0;
}

/** The result of the one inline operation that reads a value: whoever reads that reads the value. */
function onlyInlineReader(uses: Uses, value: ValueId): ValueId | undefined {
  const consumers = uses.consumers[value]!;
  const [consumer] = consumers;
  const single = consumer && consumers.length === 1 && consumer.results.length === 1;
  return single && roleOf(consumer) === "inline" && !uses.isOutput.has(value)
    ? consumer.results[0]
    : undefined;
}

/** Decides which values are written to memory, with the operation each is written by. */
export function chooseBuffers(
  program: Program,
  uses: Uses,
  sizes: Sizes,
  rules: FusionRules,
): ReadonlyMap<ValueId, Operation> {
  const writtenBy = new Map<ValueId, Operation>();
  const latestProduct = latestProducts(program);
  for (const operation of program.operations) {
    const role = roleOf(operation);
    if (role === "inline") continue;
    const [result] = operation.results;
    const matrix = role === "dot" || role === "convolution";
    writtenBy.set(matrix ? epilogueEnd(sizes, uses, result!, latestProduct) : result!, operation);
  }
  for (const value of [...uses.isOutput, ...turnedProducts(program, uses).values()]) {
    const operation = uses.producer[value];
    if (operation && !writtenBy.has(value)) writtenBy.set(value, operation);
  }

  const readers = readerCounts(program, uses, new Map(writtenBy));
  const isAlwaysWritten = alwaysWritten(sizes, uses, rules);
  /** Buffers that an inline value is computed from. */
  const roots: (readonly ValueId[])[] = new Array(program.types.length);
  const itself: (readonly ValueId[])[] = new Array(program.types.length);
  const rootsOf = (value: ValueId): readonly ValueId[] => {
    if (uses.producer[value] && !writtenBy.has(value)) return roots[value] ?? [];
    itself[value] ??= [value];
    return itself[value];
  };
  for (const operation of program.operations) {
    if (roleOf(operation) !== "inline") continue;
    for (const result of operation.results) {
      const union = unionOf(operandsOf(operation, result).map(rootsOf));
      roots[result] = union;
      if (writtenBy.has(result)) continue;
      if (isAlwaysWritten(result) || isWorthWriting(sizes, result, union, readers(result))) {
        writtenBy.set(result, operation);
      }
    }
  }
  return writtenBy;
}

/** The union of some lists; one of them itself where the others add nothing, as most often. */
function unionOf(lists: readonly (readonly ValueId[])[]): readonly ValueId[] {
  let union: readonly ValueId[] = [];
  for (const list of lists) {
    if (list.length === 0 || list === union) continue;
    if (union.length === 0) union = list;
    else {
      const known = union;
      const news = list.filter((value) => !known.includes(value));
      if (news.length > 0) union = [...known, ...news];
    }
  }
  return union;
}

/**
 * Whether n readers that each compute the value again from its k large roots (n·k reads) move more than writing
 * it once (k reads, 1 write, n reads).
 */
function isWorthWriting(sizes: Sizes, value: ValueId, roots: readonly ValueId[], readers: number): boolean {
  if (readers < 2) return false;
  let large = 0;
  for (const root of roots) if (sizes.ask(isLargeBeside, root, value)) large++;
  return readers * large > large + 1 + readers;
}
