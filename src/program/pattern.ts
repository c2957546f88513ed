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
}

export interface Pattern {
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

/** Reads a pattern; its last line is where looking for it begins. */
export function pattern(text: string): Pattern {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line): Line => {
      const [result, , operation, ...operands] = line.split(/\s+/);
      const [name, ...qualifiers] = operation!.split(":");
      return { result: result!, name: shortNames[name!] ?? name!, qualifiers, operands };
    });
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

/** The occurrence of a pattern whose last line is the operation at `root`. */
export function matchAt(
  { program, producer, readers }: ProgramGraph,
  { lines }: Pattern,
  root: number,
): Match | undefined {
  const values: Record<string, ValueId> = {};
  const constants: Record<string, number> = {};
  const operations: number[] = [];
  const fits = (line: Line, index: number): boolean => {
    const operation = program.operations[index]!;
    if (operation.name !== line.name || !agrees(program, operation, line.qualifiers)) return false;
    const bound = values[line.result];
    if (bound !== undefined && bound !== operation.results[0]) return false;
    return line.operands.every(
      (name, i) => values[name] === undefined || values[name] === operation.operands[i],
    );
  };
  /** @returns whether the operation reads one value by one name only */
  const bind = (line: Line, index: number): boolean => {
    const operation = program.operations[index]!;
    values[line.result] = operation.results[0]!;
    line.operands.forEach((name, i) => {
      values[name] ??= operation.operands[i]!;
    });
    if (operation.name === "constant") constants[line.result] = operation.attributes.value;
    operations.push(index);
    return line.operands.every((name, i) => values[name] === operation.operands[i]);
  };

  let open = [...lines];
  const last = open.pop()!;
  if (!fits(last, root) || !bind(last, root)) return undefined;
  while (open.length > 0) {
    // Upwards where a line's result is known; else down, to a reader of what is.
    const line =
      open.find(({ result }) => values[result] !== undefined) ??
      open.find(({ operands }) => operands.some((name) => values[name] !== undefined));
    if (!line) return undefined;
    const result = values[line.result];
    const known = line.operands.map((name) => values[name]).find((value) => value !== undefined);
    const index =
      result === undefined
        ? (readers.get(known!) ?? []).find((reader) => fits(line, reader))
        : producer.get(result);
    if (index === undefined || !fits(line, index) || !bind(line, index)) return undefined;
    open = open.filter((other) => other !== line);
  }
  return { values, constants, operations };
}

/** Elements that each element of `statistic` sums up. */
export function elementsPer(program: Program, whole: ValueId, statistic: ValueId): number {
  return elementCount(program.types[whole]!.shape) / elementCount(program.types[statistic]!.shape);
}
