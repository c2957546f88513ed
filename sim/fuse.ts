/**
 * @file Fuses: turns the program into the units that XLA schedules.
 *
 * XLA on TPU duplicates cheap producers into every consumer (a batch norm's normalisation and its rectifier
 * are computed again in the next convolution, in its input gradient and in its kernel gradient), lets dots and
 * convolutions take the elementwise operations that follow with them, and makes reductions of what a fusion
 * writes extra results of it. Which values are written is decided in `buffers.ts`; here each of them gets the
 * fusion that computes it, and fusions that pass over the same data become one.
 */
import { byteSize, type Operation, type Program, sameShape, type ValueId } from "../src/program/types.js";
import { chooseBuffers, isLargeBeside } from "./buffers.js";
import type { FusedProgram, Fusion, FusionKind } from "./fusion.js";
import { answersHold, type SizeQuestion, type Sizes, sizesOf } from "./sizes.js";
import { operandsOf, roleOf, type Uses, usesOf } from "./uses.js";
import { type FusionRules, turnedProducts } from "./written.js";

/** A fusion that is being put together; what has been absorbed may be listed twice until it is done. */
interface Draft {
  readonly kind: FusionKind;
  readonly root: Operation;
  readonly operations: Operation[];
  readonly reads: ValueId[];
  writes: ValueId[];
  position: number;
}

/** The fusion that writes `value`: everything it is computed from, back to buffers. */
function draftFusion(
  value: ValueId,
  root: Operation,
  uses: Uses,
  written: ReadonlyMap<ValueId, Operation>,
): Draft {
  const role = roleOf(root);
  const operations = new Set<Operation>();
  const reads: ValueId[] = [];
  const seen = new Set<ValueId>();
  const stack = [value];
  while (stack.length > 0) {
    const current = stack.pop()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const producer = uses.producer[current];
    if (!producer || (current !== value && written.has(current))) {
      reads.push(current);
      continue;
    }
    operations.add(producer);
    for (const operand of operandsOf(producer, current)) stack.push(operand);
  }
  return {
    kind: root.name === "reshape" ? "reshape" : role === "inline" ? "loop" : role,
    root,
    operations: [...operations],
    reads,
    writes: [value],
    position: Math.max(uses.positionOf(root), uses.positionOf(uses.producer[value]!)),
  };
}

/**
 * Sums along rows are not made extra results of a fusion over a larger value than this: libtpu does so for attention logits
 * of 472 MB, and not for those of 944 MB (SigLIP B/16 at 512 and at 1,024 pairs a chip).
 */
const LARGEST_ROWS_BYTES = 768 * 2 ** 20;

const isTooLargeForRows: SizeQuestion<boolean> = (type) => byteSize(type) > LARGEST_ROWS_BYTES;
const isSameShape: SizeQuestion<boolean> = (a, b) => sameShape(a.shape, b.shape);

/** The dimensions that a reduction sums up. */
const reducedBy = ({ root: { name, attributes } }: Draft) =>
  name === "reduce" ? attributes.dimensions.join() : undefined;

/** Whether a reduction leaves one value of each row. */
function alongRows(draft: Draft, program: Program): boolean {
  return reducedBy(draft) === `${program.types[draft.root.operands[0]!]!.shape.length - 1}`;
}

/** Whether a reduction computes nothing of what it sums up. */
const isPlain = ({ operations }: Draft) =>
  operations.every(({ name }) => name === "reduce" || name === "convert");

/**
 * Makes reductions extra results of the fusion that writes what they reduce, when everything else they read is
 * there by then; and joins loops and reductions that read the same large buffers into one pass over them.
 */
function mergeSiblings(drafts: readonly Draft[], program: Program, sizes: Sizes): readonly Draft[] {
  const writerOf = new Map<ValueId, Draft>();
  for (const draft of drafts) for (const value of draft.writes) writerOf.set(value, draft);
  const availableAt = (value: ValueId) => writerOf.get(value)?.position ?? -1;
  const absorb = (host: Draft, guest: Draft) => {
    host.operations.push(...guest.operations);
    for (const value of guest.reads) if (!host.writes.includes(value)) host.reads.push(value);
    for (const value of guest.writes) {
      host.writes.push(value);
      writerOf.set(value, host);
    }
  };

  const kept: Draft[] = [];
  const passes = new Map<ValueId, Draft>();
  /** Loops of one scope and size are one pass: an optimizer's two moments and parameter, for instance. */
  const passesOver = new Map<string, Draft[]>();
  for (const draft of drafts) {
    if (draft.kind === "loop") {
      const key = `${draft.root.phase} ${draft.root.scope}`;
      const [result] = draft.root.results;
      const passes = passesOver.get(key) ?? [];
      passesOver.set(key, passes);
      const same = passes.findIndex(({ root }) => sizes.ask(isSameShape, root.results[0]!, result!));
      const host = passes[same];
      if (
        host &&
        draft.reads.every((value) => host.writes.includes(value) || availableAt(value) < host.position)
      ) {
        absorb(host, draft);
      } else {
        kept.push(draft);
        if (host) passes[same] = draft;
        else passes.push(draft);
      }
      continue;
    }
    if (draft.kind !== "reduction") {
      kept.push(draft);
      continue;
    }
    const [reduced] = draft.root.operands;
    const large = draft.reads.filter((value) => sizes.ask(isLargeBeside, value, reduced!));
    const latest = large.reduce<ValueId | undefined>(
      (best, value) => (best === undefined || availableAt(value) > availableAt(best) ? value : best),
      undefined,
    );
    const producer = latest === undefined ? undefined : writerOf.get(latest);
    // A reduction that wants another result of its host, such as the row maximum, has to wait for all of it.
    const othersReady = (host: Draft) =>
      draft.reads.every((value) =>
        host.writes.includes(value)
          ? value === latest && large.length > 0
          : availableAt(value) < host.position,
      );
    const isTooLarge =
      latest !== undefined && alongRows(draft, program) && sizes.ask(isTooLargeForRows, latest);
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

/** For each operand of a dot or a convolution, the buffers that it is made of. */
function operandReads(
  root: Operation,
  operations: ReadonlySet<Operation>,
  reads: ReadonlySet<ValueId>,
  { producer }: Uses,
): readonly (readonly ValueId[])[] {
  if (roleOf(root) !== "dot" && roleOf(root) !== "convolution") return [];
  return root.operands.map((operand) => {
    const found: ValueId[] = [];
    const seen = new Set([operand]);
    // What is added while the set is walked is walked, too.
    for (const value of seen) {
      const made = producer[value];
      if (reads.has(value)) found.push(value);
      else if (made && operations.has(made)) for (const next of operandsOf(made, value)) seen.add(next);
    }
    return found;
  });
}

/** A product that only reductions in its own fusion wanted never reaches memory. */
function dropUnread(drafts: readonly Draft[], isOutput: ReadonlySet<ValueId>): void {
  const read = new Set(drafts.flatMap(({ reads }) => reads));
  for (const draft of drafts) {
    if (draft.writes.length === 1) continue;
    const wanted = draft.writes.filter((value) => read.has(value) || isOutput.has(value));
    draft.writes = wanted.length > 0 ? wanted : draft.writes.slice(-1);
  }
}

/** Backward passes over a sum with a turned product read the product as well. */
function keepTurnedProducts(drafts: readonly Draft[], products: ReadonlyMap<ValueId, ValueId>): void {
  for (const draft of drafts) {
    if (draft.root.phase !== "backward" || draft.kind !== "loop") continue;
    draft.reads.push(...draft.reads.flatMap((value) => products.get(value) ?? []));
  }
}

function fusionOf(draft: Draft, uses: Uses): Fusion {
  const { kind, root, writes } = draft;
  const operations = new Set(draft.operations);
  const reads = new Set(draft.reads);
  const before = operandReads(root, operations, reads, uses);
  const isOperand = new Set(before.flat());
  return {
    kind,
    root,
    operations: [...operations].sort((a, b) => uses.positionOf(a) - uses.positionOf(b)),
    reads: [...reads],
    operandReads: before,
    epilogueReads: before.length === 0 ? [] : [...reads].filter((value) => !isOperand.has(value)),
    writes,
    scope: root.scope,
    phase: root.phase,
  };
}

function fusionsOf(program: Program, sizes: Sizes, rules: FusionRules): readonly Fusion[] {
  const uses = usesOf(program);
  const written = chooseBuffers(program, uses, sizes, rules);
  const drafts = [...written].map(([value, root]) => draftFusion(value, root, uses, written));
  drafts.sort((a, b) => a.position - b.position);
  const merged = [...mergeSiblings(drafts, program, sizes)].sort((a, b) => a.position - b.position);
  keepTurnedProducts(merged, turnedProducts(program, uses));
  dropUnread(merged, uses.isOutput);
  return merged.map((draft) => fusionOf(draft, uses));
}

/** What the pass has made of a list of operations, and the sizes and rules that this rests on. */
interface Known {
  readonly outputs: Program["outputs"];
  readonly rules: FusionRules;
  readonly asked: Sizes["asked"];
  readonly fusions: readonly Fusion[];
}

const knownFusions = new WeakMap<Program["operations"], Known[]>();

const sameRules = (a: FusionRules, b: FusionRules) =>
  a.longestComputedQuotient === b.longestComputedQuotient &&
  a.tile.lanes.value === b.tile.lanes.value &&
  a.tile.sublanes.value === b.tile.sublanes.value;

/**
 * The fuse pass. Fusions come out in program order; see `mergeSiblings` for what is moved forward. For programs of one list of
 * operations they are the same, and the same objects, as long as the sizes make no difference.
 */
export function fuse(program: Program, rules: FusionRules): FusedProgram {
  const { operations, outputs } = program;
  const known = knownFusions.get(operations) ?? [];
  const found = known.find(
    (it) => it.outputs === outputs && sameRules(it.rules, rules) && answersHold(it.asked, program),
  );
  if (found) return { program, fusions: found.fusions };
  const sizes = sizesOf(program);
  const fusions = fusionsOf(program, sizes, rules);
  knownFusions.set(operations, [...known, { outputs, rules, asked: sizes.asked, fusions }]);
  return { program, fusions };
}
