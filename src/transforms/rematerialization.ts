/**
 * @file Rematerialisation: which parts of the forward pass the backward pass computes again instead of keeping their values.
 * They are told by the scopes of their operations, so that no model has to know of it.
 */
import type { RematerializedRegion, Trace } from "../program/trace.js";
import type { Operation } from "../program/types.js";
import { UserError } from "../units/userError.js";

/** What every model calls a block, below whatever it is a part of. */
const BLOCK = /(^|.*\/)block\d+(?=\/|$)/;

/** A part of a scope in a plan: `attention`, `token_mixing/up`, with `*` for any characters but a slash. */
function scopePattern(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
  return new RegExp(`(^|.*\\/)${escaped}(?=\\/|$)`);
}

/** What an operation is computed again together with; undefined when its values are kept. */
type RegionOf = (operation: Operation) => string | undefined;

function matching(patterns: readonly RegExp[]): RegionOf {
  return ({ scope }) => patterns.map((pattern) => pattern.exec(scope)?.[0]).find((found) => found);
}

const blocks = matching([BLOCK]);

/** Blocks, and what lies between them, before and after; only the loss is kept, which the backward pass begins with. */
const everything: RegionOf = (operation) => {
  if (operation.scope.split("/")[0] === "loss") return undefined;
  return blocks(operation) ?? "between blocks";
};

function regionRule(remat: string): RegionOf {
  if (remat === "none") return () => undefined;
  if (remat === "block") return blocks;
  if (remat === "full") return everything;
  return matching(remat.split(",").map(scopePattern));
}

/**
 * The regions of a finished forward pass, in program order: those that the model itself has asked for, and the longest runs
 * of operations between them that the plan wants to be computed again together.
 *
 * @param remat as in `Plan`
 * @throws UserError when the plan names a scope that no operation has
 */
export function rematerializedRegions(trace: Trace, remat: string): readonly RematerializedRegion[] {
  const regionOf = regionRule(remat);
  const regions: RematerializedRegion[] = [...trace.regions];
  const isAskedFor = (index: number) => trace.regions.some(({ start, end }) => start <= index && index < end);
  let [start, current]: [number, string | undefined] = [0, undefined];
  const close = (end: number) => {
    if (current !== undefined) regions.push({ start, end });
  };
  trace.operations.forEach((operation, index) => {
    const region = isAskedFor(index) ? undefined : regionOf(operation);
    if (region === current) return;
    close(index);
    [start, current] = [index, region];
  });
  close(trace.operations.length);
  if (remat !== "none" && regions.length === trace.regions.length) {
    const scopes = [...new Set(trace.operations.map(({ scope }) => scope.split("/").at(-1)!))];
    throw new UserError(
      `--remat ${remat}: no part of the model has this name; there are ${scopes.filter(Boolean).join(", ")}`,
    );
  }
  return regions.sort((a, b) => a.start - b.start);
}
