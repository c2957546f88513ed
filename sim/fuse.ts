/**
 * @file Fuses: decides which values are written to memory and which live only inside a fusion.
 *
 * XLA on TPU duplicates cheap producers into every consumer (a batch norm's normalisation and its rectifier
 * are computed again in the next convolution, in its input gradient and in its kernel gradient), lets dots and
 * convolutions take the elementwise operations that follow with them, and makes reductions of what a fusion
 * writes extra results of it. The rules below do that.
 */
import {
  byteSize,
  elementCount,
  type Operation,
  type OpName,
  type Program,
  type ValueId,
} from "../src/program/types.js";
import type { FusedProgram, Fusion, FusionKind } from "./fusion.js";

/** How an operation takes part in fusion: `inline` ones have no buffer of their own unless decided otherwise. */
type Role = "inline" | "reduction" | Exclude<FusionKind, "loop" | "reduction" | "copy">;

const anchorRoles: Partial<Readonly<Record<OpName, Role>>> = {
  dotGeneral: "dot",
  convolution: "convolution",
  convolutionInputGradient: "convolution",
  convolutionKernelGradient: "convolution",
  gather: "gather",
  scatterAdd: "scatter",
  reduceWindow: "window",
  selectAndScatter: "window",
  reduce: "reduction",
  allReduce: "collective",
  allGather: "collective",
  reduceScatter: "collective",
  collectivePermute: "collective",
};

const roleOf = (operation: Operation): Role => anchorRoles[operation.name] ?? "inline";

/** Where the compilers for different chips decide differently. */
export interface FusionRules {
  /** A quotient that a dot reads (softmax's probabilities) is written instead of being computed in the dot. */
  readonly writesQuotients: boolean;
}

/** A root smaller than this share of the value costs next to nothing to read again. */
const SMALL_ROOT = 1 / 8;

interface Uses {
  readonly producer: readonly (Operation | undefined)[];
  readonly consumers: readonly (readonly Operation[])[];
  readonly position: ReadonlyMap<Operation, number>;
  readonly isOutput: ReadonlySet<ValueId>;
}

function usesOf(program: Program): Uses {
  const producer: (Operation | undefined)[] = new Array(program.types.length).fill(undefined);
  const consumers: Operation[][] = program.types.map(() => []);
  const position = new Map<Operation, number>();
  program.operations.forEach((operation, index) => {
    position.set(operation, index);
    for (const result of operation.results) producer[result] = operation;
    for (const operand of new Set(operation.operands)) consumers[operand]!.push(operation);
  });
  return { producer, consumers, position, isOutput: new Set(program.outputs.map(({ value }) => value)) };
}

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

/** Decides which values are written to memory, with the operation each is written by. */
function chooseBuffers(program: Program, uses: Uses, rules: FusionRules): ReadonlyMap<ValueId, Operation> {
  const writtenBy = new Map<ValueId, Operation>();
  for (const operation of program.operations) {
    const role = roleOf(operation);
    if (role === "inline") continue;
    const [result] = operation.results;
    const matrix = role === "dot" || role === "convolution";
    writtenBy.set(matrix ? epilogueEnd(program, uses, result!) : result!, operation);
  }
  for (const value of uses.isOutput) {
    const operation = uses.producer[value];
    if (operation && !writtenBy.has(value)) writtenBy.set(value, operation);
  }

  const readers = readerCounts(program, uses);
  /** Buffers that an inline value is computed from. */
  const roots: ReadonlySet<ValueId>[] = new Array(program.types.length);
  const rootsOf = (value: ValueId): ReadonlySet<ValueId> =>
    writtenBy.has(value) || !uses.producer[value] ? new Set([value]) : (roots[value] ?? new Set());
  for (const operation of program.operations) {
    if (roleOf(operation) !== "inline") continue;
    for (const result of operation.results) {
      const union = new Set<ValueId>();
      for (const operand of operandsOf(operation, result))
        for (const root of rootsOf(operand)) union.add(root);
      roots[result] = union;
      if (writtenBy.has(result)) continue;
      const feedsCollective = uses.consumers[result]!.some((consumer) => roleOf(consumer) === "collective");
      const quotient = rules.writesQuotients && operation.name === "divide";
      const feedsDot = uses.consumers[result]!.some((consumer) => roleOf(consumer) === "dot");
      if (
        feedsCollective ||
        (quotient && feedsDot) ||
        isWorthWriting(program, result, union, readers(result))
      ) {
        writtenBy.set(result, operation);
      }
    }
  }
  return writtenBy;
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
    if (elementCount(program.types[root]!.shape) >= size * SMALL_ROOT) large++;
  }
  return readers * large > large + 1 + readers;
}

/** What one result is computed from: a barrier's result is its own operand, whatever else the barrier holds. */
function operandsOf(producer: Operation, result: ValueId): readonly ValueId[] {
  return producer.name === "optimizationBarrier"
    ? [producer.operands[producer.results.indexOf(result)]!]
    : producer.operands;
}

/** Collects what a fusion that writes `value` computes and reads, walking back to buffers. */
function gatherOperations(
  value: ValueId,
  uses: Uses,
  written: ReadonlyMap<ValueId, Operation>,
  into: { readonly operations: Set<Operation>; readonly reads: Set<ValueId> },
): void {
  const stack = [value];
  const seen = new Set<ValueId>();
  while (stack.length > 0) {
    const current = stack.pop()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const producer = uses.producer[current];
    if (!producer || (current !== value && written.has(current))) {
      into.reads.add(current);
      continue;
    }
    into.operations.add(producer);
    stack.push(...operandsOf(producer, current));
  }
}

interface Draft {
  readonly kind: FusionKind;
  readonly root: Operation;
  readonly operations: Set<Operation>;
  readonly reads: Set<ValueId>;
  readonly writes: Set<ValueId>;
  position: number;
}

function draftFusion(
  value: ValueId,
  root: Operation,
  uses: Uses,
  written: ReadonlyMap<ValueId, Operation>,
): Draft {
  const role = roleOf(root);
  const draft: Draft = {
    kind: role === "inline" ? "loop" : role,
    root,
    operations: new Set(),
    reads: new Set(),
    writes: new Set([value]),
    position: Math.max(uses.position.get(root)!, uses.position.get(uses.producer[value]!)!),
  };
  gatherOperations(value, uses, written, draft);
  return draft;
}

/**
 * Makes reductions extra results of the fusion that writes what they reduce, when everything else they read is
 * there by then; and joins loops and reductions that read the same large buffers into one pass over them.
 */
function mergeSiblings(drafts: readonly Draft[], program: Program): readonly Draft[] {
  const size = (value: ValueId) => elementCount(program.types[value]!.shape);
  const writerOf = new Map<ValueId, Draft>();
  for (const draft of drafts) for (const value of draft.writes) writerOf.set(value, draft);
  const availableAt = (value: ValueId) => writerOf.get(value)?.position ?? -1;
  const absorb = (host: Draft, guest: Draft) => {
    for (const operation of guest.operations) host.operations.add(operation);
    for (const value of guest.reads) if (!host.writes.has(value)) host.reads.add(value);
    for (const value of guest.writes) {
      host.writes.add(value);
      writerOf.set(value, host);
    }
  };

  const kept: Draft[] = [];
  const passes = new Map<ValueId, Draft>();
  /** Loops of one scope and size are one pass: an optimizer's two moments and parameter, for instance. */
  const passOver = new Map<string, Draft>();
  const passKey = ({ root }: Draft) =>
    `${root.phase} ${root.scope} ${program.types[root.results[0]!]!.shape}`;
  for (const draft of drafts) {
    if (draft.kind !== "reduction") {
      const host = draft.kind === "loop" ? passOver.get(passKey(draft)) : undefined;
      if (
        host &&
        [...draft.reads].every((value) => host.writes.has(value) || availableAt(value) < host.position)
      ) {
        absorb(host, draft);
      } else {
        kept.push(draft);
        if (draft.kind === "loop") passOver.set(passKey(draft), draft);
      }
      continue;
    }
    const reduced = size(draft.root.operands[0]!);
    const large = [...draft.reads].filter((value) => size(value) >= reduced * SMALL_ROOT);
    const latest = large.reduce<ValueId | undefined>(
      (best, value) => (best === undefined || availableAt(value) > availableAt(best) ? value : best),
      undefined,
    );
    const producer = latest === undefined ? undefined : writerOf.get(latest);
    // A reduction that wants another result of its host, such as the row maximum, has to wait for all of it.
    const othersReady = (host: Draft) =>
      [...draft.reads].every((value) =>
        host.writes.has(value) ? value === latest && large.length > 0 : availableAt(value) < host.position,
      );
    const canHost =
      producer && ["dot", "convolution", "loop"].includes(producer.kind) && othersReady(producer);
    const sibling = latest === undefined ? undefined : passes.get(latest);
    if (canHost) absorb(producer, draft);
    else if (sibling && othersReady(sibling)) absorb(sibling, draft);
    else {
      kept.push(draft);
      if (latest !== undefined) passes.set(latest, draft);
    }
  }
  return kept;
}

/** What is read after the root has been computed: everything but what its operands are made of. */
function epilogueReads(
  root: Operation,
  operations: ReadonlySet<Operation>,
  reads: ReadonlySet<ValueId>,
): readonly ValueId[] {
  const producer = new Map(
    [...operations].flatMap((op) => op.results.map((result) => [result, op] as const)),
  );
  const before = new Set<ValueId>();
  const stack = [...root.operands];
  while (stack.length > 0) {
    const value = stack.pop()!;
    if (before.has(value)) continue;
    before.add(value);
    if (!reads.has(value)) stack.push(...(producer.get(value)?.operands ?? []));
  }
  return [...reads].filter((value) => !before.has(value));
}

/** A product that only reductions in its own fusion wanted never reaches memory. */
function dropUnread(drafts: readonly Draft[], isOutput: ReadonlySet<ValueId>): void {
  const read = new Set(drafts.flatMap((draft) => [...draft.reads]));
  for (const { writes } of drafts) {
    for (const value of [...writes]) {
      if (writes.size > 1 && !read.has(value) && !isOutput.has(value)) writes.delete(value);
    }
  }
}

/** The fuse pass. Fusions come out in program order; see `mergeSiblings` for what is moved forward. */
export function fuse(program: Program, rules: FusionRules): FusedProgram {
  const uses = usesOf(program);
  const written = chooseBuffers(program, uses, rules);
  const drafts = [...written].map(([value, root]) => draftFusion(value, root, uses, written));
  drafts.sort((a, b) => a.position - b.position);
  const merged = [...mergeSiblings(drafts, program)].sort((a, b) => a.position - b.position);
  dropUnread(merged, uses.isOutput);
  const fusions: Fusion[] = merged.map(({ kind, root, operations, reads, writes }) => ({
    kind,
    root,
    operations: [...operations].sort((a, b) => uses.position.get(a)! - uses.position.get(b)!),
    reads: [...reads],
    writes: [...writes],
    epilogueReads: epilogueReads(root, operations, reads),
    scope: root.scope,
    phase: root.phase,
  }));
  return { program, fusions };
}
