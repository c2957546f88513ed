/**
 * @file Patterns: a few operations written down as text, and where they occur in a program. The host's groups are
 * recognised by them.
 *
 *     peaks = stretch:leading peak
 *     y = divide x peaks
 *
 * Each line is an operation: its result, its name, its operands. Names that no line defines are what the pattern reads.
 */
import { elementCount, type Operation, type Program, type ValueId } from "./types.js";

interface Line {
  readonly result: string;
  /** `reduce:add:leading`: the operation and what it must be like, see `agrees`. */
  readonly name: string;
  readonly qualifiers: readonly string[];
  readonly operands: readonly string[];
  /** The operand from whose readers the line is reached; absent where its result is read by a line before it. */
  readonly reachedFrom?: string;
}

export interface Pattern {
  /** The last line of the text first, then in an order in which each is reached from those before it. */
  readonly lines: readonly Line[];
}

export interface Match {
  readonly values: Readonly<Record<string, ValueId>>;
  /** Of the pattern's constants, by name. */
  readonly constants: Readonly<Record<string, number>>;
  /** Indices of the operations. */
  readonly operations: readonly number[];
}

/** `broadcastInDim` goes by a shorter name. */
const shortNames: Readonly<Record<string, string>> = { stretch: "broadcastInDim" };

function parse(line: string): Line {
  const [result, , operation, ...operands] = line.split(/\s+/);
  const [name, ...qualifiers] = operation!.split(":");
  return { result: result!, name: shortNames[name!] ?? name!, qualifiers, operands };
}

/** Reads a pattern; its last line is where looking for it begins. @throws Error when a line cannot be reached from it */
export function pattern(text: string): Pattern {
  const parsed = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(parse);
  const lines: Line[] = [];
  const known = new Set<string>();
  let open = parsed;
  let next = parsed.at(-1);
  while (next) {
    const line = next;
    lines.push(line);
    for (const name of [line.result, ...line.operands]) known.add(name);
    open = open.filter(({ result }) => result !== line.result);
    // Upwards where a line's result is known; else down, to a reader of what is.
    const above = open.find(({ result }) => known.has(result));
    const below = open.find(({ operands }) => operands.some((name) => known.has(name)));
    next = above ?? (below && { ...below, reachedFrom: below.operands.find((name) => known.has(name))! });
  }
  if (open.length > 0) throw new Error(`nothing leads to ${open.map(({ result }) => result)}`);
  return { lines };
}

/** A program's operations by what they define and read. */
export interface ProgramGraph {
  readonly program: Program;
  readonly producer: ReadonlyMap<ValueId, number>;
  readonly readers: ReadonlyMap<ValueId, readonly number[]>;
}

export function programGraph(program: Program): ProgramGraph {
  const producer = new Map<ValueId, number>();
  const readers = new Map<ValueId, number[]>();
  program.operations.forEach(({ operands, results }, index) => {
    for (const value of results) producer.set(value, index);
    for (const value of new Set(operands)) {
      const list = readers.get(value);
      if (list) list.push(index);
      else readers.set(value, [index]);
    }
  });
  return { program, producer, readers };
}

const count = (length: number) => Array.from({ length }, (_, d) => d);
const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Whether `dimensions` of `rank` are all, the last, those before the last, or none. */
function areDimensions(which: string | undefined, dimensions: readonly number[], rank: number): boolean {
  if (which === "last") return same(dimensions, [rank - 1]);
  if (which === "leading") return same(dimensions, count(rank - 1));
  return same(dimensions, which === "all" ? count(rank) : []);
}

/** Whether an operation is what a line's qualifiers say: `reduce:add:last`, `stretch:none`, `compare:GT`, `constant:0.5`. */
function agrees(program: Program, operation: Operation, [first, second]: readonly string[]): boolean {
  const rankOf = (value: ValueId) => program.types[value]!.shape.length;
  switch (operation.name) {
    case "reduce": {
      const { reducer, dimensions } = operation.attributes;
      return reducer === first && areDimensions(second, dimensions, rankOf(operation.operands[0]!));
    }
    case "broadcastInDim":
      return areDimensions(first, operation.attributes.dimensions, rankOf(operation.results[0]!));
    case "compare":
      return operation.attributes.direction === first;
    case "constant":
      return first === undefined || operation.attributes.value === Number(first);
    default:
      return true;
  }
}

/** The occurrence of a pattern whose first line is the operation at `root`. */
export function matchAt(graph: ProgramGraph, { lines }: Pattern, root: number): Match | undefined {
  const { program, producer, readers } = graph;
  const values: Record<string, ValueId> = {};
  const constants: Record<string, number> = {};
  const operations: number[] = [];
  const fits = ({ name, qualifiers, operands, result }: Line, index: number): boolean => {
    const operation = program.operations[index]!;
    if (operation.name !== name || !agrees(program, operation, qualifiers)) return false;
    const agree = (each: string, value: ValueId) => values[each] === undefined || values[each] === value;
    return (
      agree(result, operation.results[0]!) && operands.every((each, i) => agree(each, operation.operands[i]!))
    );
  };
  for (const line of lines) {
    const { result, operands, reachedFrom } = line;
    const candidates =
      operations.length === 0
        ? [root]
        : reachedFrom === undefined
          ? [producer.get(values[result]!) ?? -1]
          : (readers.get(values[reachedFrom]!) ?? []);
    const index = candidates.find((each) => each >= 0 && fits(line, each));
    if (index === undefined) return undefined;
    const operation = program.operations[index]!;
    values[result] = operation.results[0]!;
    operands.forEach((name, i) => {
      values[name] ??= operation.operands[i]!;
    });
    // A name that a line has twice stands for one value.
    if (!operands.every((name, i) => values[name] === operation.operands[i])) return undefined;
    if (operation.name === "constant") constants[result] = operation.attributes.value;
    operations.push(index);
  }
  return { values, constants, operations };
}

/** Elements that each element of `statistic` sums up. */
export function elementsPer(program: Program, whole: ValueId, statistic: ValueId): number {
  return elementCount(program.types[whole]!.shape) / elementCount(program.types[statistic]!.shape);
}
