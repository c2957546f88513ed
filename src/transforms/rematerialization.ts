/**
 * @file Rematerialisation: which parts of the forward pass the backward pass computes again instead of keeping their values.
 * They are told by the scopes of their operations, so that no model has to know of it.
 */
import type { RematerializedRegion, Trace } from "../program/trace.js";
import type { Operation } from "../program/types.js";
import { nearestName } from "../units/nearestName.js";
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

function matching(pattern: RegExp): RegionOf {
  return ({ scope }) => pattern.exec(scope)?.[0];
}

const blocks = matching(BLOCK);

/** Blocks, and what lies between them, before and after; only the loss is kept, which the backward pass begins with. */
const everything: RegionOf = (operation) => {
  if (operation.scope.split("/")[0] === "loss") return undefined;
  return blocks(operation) ?? "between blocks";
};

/** What `Plan.remat` can name whatever the model. */
export const partsOfEveryModel = ["none", "block", "full"] as const;

/** What one name of a plan's list stands for. */
function regionRule(name: string): RegionOf {
  if (name === "block") return blocks;
  return name === "full" ? everything : matching(scopePattern(name));
}

/** The parts that an operation belongs to, all blocks as `block*`. */
const partNames = ({ scope }: Operation) =>
  scope.split("/").flatMap((part) => (part === "" ? [] : [part.replace(/\d+$/, "*")]));

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
  const names = remat === "none" ? [] : remat.split(",");
  const rules = names.map(regionRule);
  const regionOf: RegionOf = (operation) => {
    for (const rule of rules) {
      const region = rule(operation);
      if (region !== undefined) return region;
    }
    return undefined;
  };
  names.forEach((name, i) => {
    if (operations.some((operation) => rules[i]!(operation) !== undefined)) return;
    const known = new Set<string>(partsOfEveryModel.filter((part) => part !== "none" || names.length === 1));
    for (const operation of operations) for (const part of partNames(operation)) known.add(part);
    throw new UserError(`--remat ${name}: no part of the model; ${nearestName(name, [...known])}`);
  });
  const regions: RematerializedRegion[] = [];
  let done = 0;
  for (const region of trace.regions) {
    regions.push(...runs(trace, done, region.start, regionOf));
    regions.push({ ...region, within: runs(trace, region.start, region.end, regionOf) });
    done = region.end;
  }
  return [...regions, ...runs(trace, done, operations.length, regionOf)];
}
