/**
 * @file Narrowed values: the matrix unit multiplies bf16, so what nothing but products of matrices read as it is, the compiler
 * writes in bf16 even where the program says f32. With f32 activations those are queries, keys, values and what attention gives.
 */
import type { OpName, Program, ValueId } from "../src/program/types.js";
import type { FusedProgram, Fusion } from "./fusion.js";
import { producersOf } from "./uses.js";

/** Operations that leave every element what it is. */
const rearranging: ReadonlySet<OpName> = new Set(["convert", "reshape", "transpose"]);

/** The buffers that the root of a fusion multiplies as they are. */
function multipliedAsIs({ root, operations, reads }: Fusion): ReadonlySet<ValueId> {
  const producer = producersOf(operations);
  const isRead = new Set(reads);
  const found = new Set<ValueId>();
  const stack = [...root.operands];
  while (stack.length > 0) {
    const value = stack.pop()!;
    if (isRead.has(value)) found.add(value);
    else {
      const made = producer.get(value);
      if (made && rearranging.has(made.name)) stack.push(...made.operands);
    }
  }
  return found;
}

const known = new WeakMap<FusedProgram["fusions"], ReadonlySet<ValueId>>();

/** Values the program has in f32 and the compiler keeps in bf16. Arguments and results stay what they are. */
export function narrowedValues({ program, fusions }: FusedProgram): ReadonlySet<ValueId> {
  const found = known.get(fusions) ?? findNarrowed(program, fusions);
  known.set(fusions, found);
  return found;
}

function findNarrowed(program: Program, fusions: readonly Fusion[]): ReadonlySet<ValueId> {
  const wide = new Set<ValueId>([...program.inputs, ...program.outputs].map(({ value }) => value));
  const isF32 = (value: ValueId) => program.types[value]!.dtype === "f32";
  const candidates = new Set<ValueId>();
  for (const fusion of fusions) {
    const isProduct = fusion.kind === "dot" || fusion.kind === "convolution";
    const mayNarrow = isProduct && fusion.reads.some((value) => isF32(value) && !wide.has(value));
    const asIs = mayNarrow ? multipliedAsIs(fusion) : new Set<ValueId>();
    const after = new Set(fusion.epilogueReads);
    for (const value of fusion.reads) {
      if (asIs.has(value) && !after.has(value)) candidates.add(value);
      else wide.add(value);
    }
  }
  return new Set([...candidates].filter((value) => !wide.has(value) && isF32(value)));
}
