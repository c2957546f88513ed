/** @file Where a step's time goes: the costs of its fusions, added up along the scopes of the model. */
import type { Phase } from "../src/program/types.js";
import { type FusionCost, fusionCosts } from "./fusionCosts.js";
import { blocksTogether } from "./memoryReport.js";
import type { Simulation } from "./simulate.js";

/** A scope of the model and all that is in it; a fusion counts where its root is. */
export interface ScopeCost {
  /** The last part of its scope: `attention`; `block*` where blocks are told as one. */
  readonly name: string;
  /** Scopes that are told as one: 24 blocks, and the attentions in them. */
  readonly count: number;
  readonly seconds: number;
  readonly phaseSeconds: Readonly<Record<Phase, number>>;
  /** What the compiler runs a second time, to save memory; part of `seconds`. */
  readonly recomputedSeconds: number;
  /** Moved between memory and chip, padding included. */
  readonly bytes: number;
  /** As run: of all operations of the fusions. */
  readonly flops: number;
  /** Most time first. What is not in them is the scope's own. */
  readonly children: readonly ScopeCost[];
}

/** The whole step's name in the tree. */
const WHOLE_STEP = "step";

/** A scope while fusions are booked on it. */
interface Node {
  readonly name: string;
  readonly scopes: Set<string>;
  readonly phaseSeconds: Record<Phase, number>;
  seconds: number;
  recomputedSeconds: number;
  bytes: number;
  flops: number;
  readonly children: Map<string, Node>;
}

const emptyNode = (name: string): Node => ({
  name,
  scopes: new Set(),
  phaseSeconds: { forward: 0, recompute: 0, backward: 0, update: 0 },
  seconds: 0,
  recomputedSeconds: 0,
  bytes: 0,
  flops: 0,
  children: new Map(),
});

function book(node: Node, scope: string, { fusion, time, bytes, flops, isRecomputed }: FusionCost): void {
  node.scopes.add(scope);
  node.seconds += time.seconds;
  node.phaseSeconds[fusion.phase] += time.seconds;
  if (isRecomputed) node.recomputedSeconds += time.seconds;
  node.bytes += bytes;
  node.flops += flops;
}

function finished({ scopes, children, ...rest }: Node): ScopeCost {
  const list = [...children.values()].map(finished);
  return { ...rest, count: scopes.size, children: list.sort((a, b) => b.seconds - a.seconds) };
}

/**
 * The tree of a step's scopes, its root the whole step.
 *
 * @param blocks whether blocks of a kind, such as the 24 of an encoder, are told as one
 */
export function scopeCosts(simulation: Simulation, blocks: "together" | "apart" = "together"): ScopeCost {
  const nameOf = blocks === "together" ? blocksTogether : (name: string) => name;
  const root = emptyNode(WHOLE_STEP);
  for (const cost of fusionCosts(simulation)) {
    const parts = cost.fusion.scope === "" ? [] : cost.fusion.scope.split("/");
    let node = root;
    book(node, "", cost);
    parts.forEach((part, depth) => {
      const name = nameOf(part);
      const child = node.children.get(name) ?? emptyNode(name);
      node.children.set(name, child);
      book(child, parts.slice(0, depth + 1).join("/"), cost);
      node = child;
    });
  }
  return finished(root);
}
