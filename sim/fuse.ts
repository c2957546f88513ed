/**
 * @file Fuses: turns the program into the units that XLA schedules.
 *
 * XLA on TPU duplicates cheap producers into every consumer (a batch norm's normalisation and its rectifier
 * are computed again in the next convolution, in its input gradient and in its kernel gradient), lets dots and
 * convolutions take the elementwise operations that follow with them, and makes reductions of what a fusion
 * writes extra results of it. Which values are written is decided in `buffers.ts`; here each of them gets the
 * fusion that computes it, and fusions that pass over the same data become one.
 */
import { byteSize, elementCount, type Operation, type Program, type ValueId } from "../src/program/types.js";
import { chooseBuffers, SMALL_SHARE } from "./buffers.js";
import type { FusedProgram, Fusion, FusionKind } from "./fusion.js";
import { operandsOf, producersOf, roleOf, type Uses, usesOf } from "./uses.js";
import { type FusionRules, turnedProducts } from "./written.js";

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
    kind: root.name === "reshape" ? "reshape" : role === "inline" ? "loop" : role,
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
 * Sums along rows are not made extra results of a fusion over a larger value than this: libtpu does so for attention logits
 * of 472 MB, and not for those of 944 MB (SigLIP B/16 at 512 and at 1,024 pairs a chip).
 */
const LARGEST_ROWS_BYTES = 768 * 2 ** 20;

/** The dimensions that a reduction sums up. */
const reducedBy = ({ root: { name, attributes } }: Draft) =>
  name === "reduce" ? attributes.dimensions.join() : undefined;

/** Whether a reduction leaves one value of each row. */
function alongRows(draft: Draft, program: Program): boolean {
  return reducedBy(draft) === `${program.types[draft.root.operands[0]!]!.shape.length - 1}`;
}

/** Whether a reduction computes nothing of what it sums up. */
const isPlain = ({ operations }: Draft) =>
  [...operations].every(({ name }) => name === "reduce" || name === "convert");

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
    const large = [...draft.reads].filter((value) => size(value) >= reduced * SMALL_SHARE);
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
    const isTooLarge =
      latest !== undefined &&
      alongRows(draft, program) &&
      byteSize(program.types[latest]!) > LARGEST_ROWS_BYTES;
    const canHost =
      producer &&
      !isTooLarge &&
      ["dot", "convolution", "loop"].includes(producer.kind) &&
      othersReady(producer);
    const pass = latest === undefined || isTooLarge ? undefined : passes.get(latest);
    // Of a buffer as it is, sums over different dimensions are different instructions.
    const sibling = pass && isPlain(draft) && reducedBy(pass) !== reducedBy(draft) ? undefined : pass;
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
  if (roleOf(root) !== "dot" && roleOf(root) !== "convolution") return [];
  const producer = producersOf(operations);
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

/** Backward passes over a sum with a turned product read the product as well. */
function keepTurnedProducts(drafts: readonly Draft[], products: ReadonlyMap<ValueId, ValueId>): void {
  for (const { root, kind, reads } of drafts) {
    if (root.phase !== "backward" || kind !== "loop") continue;
    for (const value of [...reads]) {
      const product = products.get(value);
      if (product !== undefined) reads.add(product);
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
  keepTurnedProducts(merged, turnedProducts(program, uses));
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
