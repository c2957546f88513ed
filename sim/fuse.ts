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

/**
 * Follows the operations behind a dot's or convolution's result as long as each is the only consumer, and
 * returns the value that is written in its place: a projection writes the sum with its bias and residual.
 */
function epilogueEnd(program: Program, uses: Uses, start: ValueId): ValueId {
  let value = start;
  for (;;) {
    const [next, ...others] = uses.consumers[value]!;
    if (!next || others.length > 0 || uses.isOutput.has(value)) return value;
    if (roleOf(next) !== "inline" || next.results.length !== 1 || next.name === "concatenate") return value;
    const result = next.results[0]!;
    const grows = byteSize(program.types[result]!) > byteSize(program.types[value]!);
    // A gradient is widened to f32 for its all-reduce in the fusion that makes it; an activation never is.
    const forCollective = uses.consumers[result]!.every((consumer) => roleOf(consumer) === "collective");
    if (grows && !(forCollective && next.name === "convert")) return value;
    value = result;
  }
}

/** How many fusions would read each value if no inline value had a buffer. */
function readerCounts(program: Program, uses: Uses): Float64Array {
  const counts = new Float64Array(program.types.length);
  for (const operation of [...program.operations].reverse()) {
    for (const result of operation.results) {
      for (const consumer of uses.consumers[result]!) {
        // Reductions ride along with the fusion that writes what they reduce.
        if (roleOf(consumer) === "inline") {
          for (const next of consumer.results) {
            if (operandsOf(consumer, next).includes(result)) counts[result]! += counts[next]!;
          }
        } else if (roleOf(consumer) !== "reduction") counts[result]! += 1;
      }
      if (uses.isOutput.has(result)) counts[result]! += 1;
    }
  }
  return counts;
}

/** Decides which values are written to memory, with the operation each is written by. */
function chooseBuffers(program: Program, uses: Uses): ReadonlyMap<ValueId, Operation> {
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
      if (feedsCollective || isWorthWriting(program, result, union, readers[result]!)) {
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
  for (const draft of drafts) {
    if (draft.kind !== "reduction") {
      kept.push(draft);
      continue;
    }
    const reduced = size(draft.root.operands[0]!);
    const large = [...draft.reads].filter((value) => size(value) >= reduced * SMALL_ROOT);
    const latest = large.reduce<ValueId | undefined>(
      (best, value) => (best === undefined || availableAt(value) > availableAt(best) ? value : best),
      undefined,
    );
    const producer = latest === undefined ? undefined : writerOf.get(latest);
    const othersReady = (host: Draft) =>
      [...draft.reads].every((value) => host.writes.has(value) || availableAt(value) < host.position);
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
export function fuse(program: Program): FusedProgram {
  const uses = usesOf(program);
  const written = chooseBuffers(program, uses);
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
    scope: root.scope,
    phase: root.phase,
  }));
  return { program, fusions };
}
