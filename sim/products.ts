/**
 * @file Dots and convolutions one by one: what the compiler estimates for each fusion around one, beside ours.
 */
import { elementCount } from "../src/program/types.js";
import { inAnyBlock, opName } from "../src/stablehlo/opName.js";
import type { Compilation } from "../src/stablehlo/xla.js";
import type { Simulation } from "./simulate.js";

/** Fusions that do the same in all blocks of a kind. */
export interface ProductCycles {
  /** As of any block: see `inAnyBlock`. */
  readonly name: string;
  /** Of the product's result; there may be several of one name, such as the two gradients. */
  readonly elements: number;
  readonly count: number;
  /** Of one of them, on average. */
  readonly cycles: number;
}

function grouped(products: readonly Omit<ProductCycles, "count">[]): readonly ProductCycles[] {
  const groups = new Map<string, { name: string; elements: number; count: number; total: number }>();
  for (const { name, elements, cycles } of products) {
    const kind = inAnyBlock(name);
    const key = `${kind} ${elements}`;
    const group = groups.get(key) ?? { name: kind, elements, count: 0, total: 0 };
    groups.set(key, { ...group, count: group.count + 1, total: group.total + cycles });
  }
  return [...groups.values()].map(({ total, ...group }) => ({ ...group, cycles: total / group.count }));
}

/** Our own, as scheduled; what the compiler would compute again counts, too. */
export function ourProducts({ program, times }: Simulation, clockHertz: number): readonly ProductCycles[] {
  const { types } = program.fused.program;
  return grouped(
    program.schedule.flatMap(({ fusion }, step) => {
      if (fusion.kind !== "dot" && fusion.kind !== "convolution") return [];
      const elements = elementCount(types[fusion.root.results[0]!]!.shape);
      return [{ name: opName(fusion.root), elements, cycles: times[step]!.seconds * clockHertz }];
    }),
  );
}

/** The compiler's; fusions of two products are left out, because nothing says what of them is whose. */
export function compilerProducts(compilation: Compilation): readonly ProductCycles[] {
  if (!compilation.fits) return [];
  return grouped(
    compilation.instructions.flatMap(({ opName: name, cycles, productElements: elements }) =>
      elements === null ? [] : [{ name, elements, cycles }],
    ),
  );
}

/** One kind of fusion on both sides. */
export interface ProductComparison extends ProductCycles {
  readonly ours: number;
}

/** What both sides have. */
export function compareProducts(
  ours: readonly ProductCycles[],
  theirs: readonly ProductCycles[],
): readonly ProductComparison[] {
  const key = ({ name, elements }: ProductCycles) => `${name} ${elements}`;
  const known = new Map(ours.map((product) => [key(product), product]));
  return theirs.flatMap((product) => {
    const own = known.get(key(product));
    return own ? [{ ...product, ours: own.cycles }] : [];
  });
}

/** The error that half of the compiler's time in products is within. */
export function medianProductError(products: readonly ProductComparison[]): number {
  const weighted = products
    .map(({ ours, cycles, count }) => ({ error: Math.abs(ours / cycles - 1), weight: count * cycles }))
    .sort((a, b) => a.error - b.error);
  const half = weighted.reduce((total, { weight }) => total + weight, 0) / 2;
  let passed = 0;
  for (const { error, weight } of weighted) {
    passed += weight;
    if (passed >= half) return error;
  }
  return Number.NaN;
}
