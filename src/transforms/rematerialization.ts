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

/** The longest runs of operations, between `start` and `end` of the trace, that are computed again together. */
function runs(trace: Trace, start: number, end: number, regionOf: RegionOf): readonly RematerializedRegion[] {
  const found: RematerializedRegion[] = [];
  let [from, current]: [number, string | undefined] = [start, undefined];
  for (let index = start; index <= end; index++) {
    const region = index < end ? regionOf(trace.operations[index]!) : undefined;
    if (region === current) continue;
    if (current !== undefined) found.push({ start: from, end: index });
    [from, current] = [index, region];
  }
  return found;
}

/**
 * The regions of a finished forward pass, in program order: those that the trace has been told of, and what the plan wants to
 * be computed again in them and between them.
 *
 * @param remat as in `Plan`
 * @throws UserError when the plan names a scope that no operation has
 */
export function rematerializedRegions(trace: Trace, remat: string): readonly RematerializedRegion[] {
  const { operations } = trace;
  const regionOf = regionRule(remat);
  if (remat !== "none" && operations.every((operation) => regionOf(operation) === undefined)) {
    const scopes = [...new Set(operations.map(({ scope }) => scope.split("/").at(-1)!))];
    throw new UserError(
      `--remat ${remat}: no part of the model has this name; there are ${scopes.filter(Boolean).join(", ")}`,
    );
  }
  const regions: RematerializedRegion[] = [];
  let done = 0;
  for (const region of trace.regions) {
    regions.push(...runs(trace, done, region.start, regionOf));
    regions.push({ ...region, within: runs(trace, region.start, region.end, regionOf) });
    done = region.end;
  }
  return [...regions, ...runs(trace, done, operations.length, regionOf)];
}
