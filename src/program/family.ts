/**
 * @file A family of programs: what one model and one plan become for every batch. Its members are the same operations, and every
 * size in them is linear in the batch; so two members tell all others.
 */
import { isDeepStrictEqual } from "node:util";
import type { Operation, OpName, Program, TensorType } from "./types.js";

/** Operations whose attributes repeat sizes of their results, or say what is in them; none of it matters to what they cost. One that is
 * missing here is only slower: its programs are each traced. */
export const repeatSizes: ReadonlySet<OpName> = new Set([
  "constant",
  "iota",
  "reshape",
  "broadcastInDim",
  "slice",
  "convolutionInputGradient",
]);

/** A member, and the batch that it is for. */
interface Member {
  readonly batch: number;
  readonly program: Program;
}

function isSameOperation(a: Operation, b: Operation): boolean {
  return (
    a.name === b.name &&
    a.scope === b.scope &&
    a.phase === b.phase &&
    isDeepStrictEqual(a.operands, b.operands) &&
    isDeepStrictEqual(a.results, b.results) &&
    (repeatSizes.has(a.name) || isDeepStrictEqual(a.attributes, b.attributes))
  );
}

function isSameStructure(a: Program, b: Program): boolean {
  return (
    a.types.length === b.types.length &&
    a.operations.length === b.operations.length &&
    a.types.every(({ dtype, shape }, value) => {
      const other = b.types[value]!;
      return dtype === other.dtype && shape.length === other.shape.length;
    }) &&
    isDeepStrictEqual(a.inputs, b.inputs) &&
    isDeepStrictEqual(a.outputs, b.outputs) &&
    a.operations.every((operation, i) => isSameOperation(operation, b.operations[i]!))
  );
}

/** The sizes that go through those of two members. */
function sizesBetween(a: TensorType, b: TensorType, share: number): readonly number[] {
  return a.shape.map((size, d) => size + Math.round((b.shape[d]! - size) * share));
}

/** By batch; undefined where a size would be 1, because a broadcast to that is left out when a program is traced. */
type Members = (batch: number) => Program | undefined;

/** All members, told by two; undefined when these are not the same operations. */
function familyOf(first: Member, second: Member): Members | undefined {
  const { program: a } = first;
  const { program: b } = second;
  if (!isSameStructure(a, b)) return undefined;
  /** Which pairs of types there are, and which of them each value has. */
  const pairs: (readonly [TensorType, TensorType])[] = [];
  const known = new Map<TensorType, Map<TensorType, number>>();
  const pairOf = a.types.map((type, value) => {
    const partners = known.get(type) ?? new Map<TensorType, number>();
    known.set(type, partners);
    const partner = b.types[value]!;
    const index = partners.get(partner) ?? pairs.push([type, partner]) - 1;
    partners.set(partner, index);
    return index;
  });
  // Where types of the first are equal by chance, what was found out about it does not hold for the others.
  const operations = [...known.values()].some(({ size }) => size > 1) ? [...a.operations] : a.operations;
  return (batch) => {
    const share = (batch - first.batch) / (second.batch - first.batch);
    const types: TensorType[] = [];
    for (const [from, to] of pairs) {
      const shape = sizesBetween(from, to, share);
      if (shape.some((size, d) => size < 2 && from.shape[d] !== to.shape[d])) return undefined;
      types.push({ dtype: from.dtype, shape });
    }
    return { ...a, operations, types: pairOf.map((index) => types[index]!) };
  };
}

/** Members that are kept until two of them turn out to be the same operations. */
const MOST_KEPT = 4;

/**
 * The programs of a family by their batch. Traces those that are asked for until two are the same operations, and from then on
 * none, but for the smallest batches.
 *
 * Members share their list of operations, so that what does not depend on sizes can be found out once. They are for reading
 * types: attributes that repeat a size, such as a reshape's, are the first member's.
 */
export function programFamily(traceAt: (batch: number) => Program): (batch: number) => Program {
  const traced: Member[] = [];
  let members: Members | undefined;
  return (batch) => {
    const member = members?.(batch);
    if (member) return member;
    const known = traced.find((it) => it.batch === batch);
    if (known) return known.program;
    const made: Member = { batch, program: traceAt(batch) };
    for (const earlier of members ? [] : traced) members ??= familyOf(earlier, made);
    if (traced.length < MOST_KEPT) traced.push(made);
    return members?.(batch) ?? made.program;
  };
}
