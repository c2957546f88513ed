/**
 * @file Values that the compiler writes to memory whatever it would save to compute them where they are read, told by what
 * makes them and by what reads them. Each was seen in libtpu's instructions for the model that is named.
 */
import type { Operation, OpName, Program, TensorType, ValueId } from "../src/program/types.js";
import type { SizeQuestion, Sizes } from "./sizes.js";
import { freeLayout, type Tile } from "./tiles.js";
import { roleOf, type Uses } from "./uses.js";

/** Where the compilers for different chips decide differently. */
export interface FusionRules {
  /**
   * A quotient that a dot reads (softmax's probabilities) is written instead of being computed in the dot, where its
   * rows are longer than this and the dot would compute it once for every tile.
   */
  readonly longestComputedQuotient: number;
  readonly tile: Tile;
}

/** What the rules of a chip ask of a type. */
interface RuleQuestions {
  readonly isLongQuotient: SizeQuestion<boolean>;
  readonly hasBatchInLanes: SizeQuestion<boolean>;
}

function questionsOf({ longestComputedQuotient, tile }: FusionRules): RuleQuestions {
  return {
    isLongQuotient: ({ shape }) => shape.at(-1)! > longestComputedQuotient,
    hasBatchInLanes: (type) => type.shape.length === 4 && freeLayout(type, tile).lanes === 0,
  };
}

/** What it holds has to be there when it ends; its results are its operands, and already are. */
const BARRIER: OpName = "optimizationBarrier";

/** Whether a value that an inline operation makes is written for one of the reasons of this file. */
export function alwaysWritten(sizes: Sizes, uses: Uses, rules: FusionRules): (value: ValueId) => boolean {
  const questions = questionsOf(rules);
  return (value) => {
    const operation = uses.producer[value]!;
    const consumers = uses.consumers[value]!;
    const feeds = (role: ReturnType<typeof roleOf>) =>
      consumers.some((consumer) => roleOf(consumer) === role);
    return (
      feeds("collective") ||
      (operation.name !== BARRIER && consumers.some(({ name }) => name === BARRIER)) ||
      (operation.name !== "pad" && feedsWindow(uses, value)) ||
      (operation.name === "divide" && feeds("dot") && sizes.ask(questions.isLongQuotient, value)) ||
      (movesFeatures(operation) && feeds("dot")) ||
      (isSqueezed(uses, value) && sizes.ask(questions.hasBatchInLanes, value)) ||
      regroups(sizes, uses, operation) ||
      movesAcrossTiles(sizes, uses, operation) ||
      consumers.some((it) => movesAcrossTiles(sizes, uses, it))
    );
  };
}

const hasSameRows: SizeQuestion<boolean> = (a, b) => a.shape.at(-1) === b.shape.at(-1);
const rankDifference: SizeQuestion<number> = (a, b) => Math.abs(a.shape.length - b.shape.length);

/**
 * A reshape that is no other view of the same tiles, and reads and writes memory: BoTNet's positions go from distances to
 * places through rows of another length, and from height and width to one dimension, of queries and keys at once.
 */
function movesAcrossTiles(sizes: Sizes, uses: Uses, operation: Operation): boolean {
  if (operation.name !== "reshape") return false;
  const [from, to] = [operation.operands[0]!, operation.results[0]!];
  if (sizes.ask(hasSameRows, from, to)) return false;
  const before = uses.producer[from];
  const neighbours = [before, ...uses.consumers[to]!];
  return (
    neighbours.some((it) => it?.name === "pad" || it?.name === "slice") ||
    (before?.name !== "transpose" && sizes.ask(rankDifference, from, to) > 1)
  );
}

/** Windows overlap: what they read would be computed again for each. They do their own padding (ResNet's stem). */
function feedsWindow(uses: Uses, value: ValueId): boolean {
  return uses.consumers[value]!.some((consumer) =>
    consumer.name === "pad" ? feedsWindow(uses, consumer.results[0]!) : roleOf(consumer) === "window",
  );
}

/**
 * Images that are squeezed to one value a channel and then scaled, with the batch in lanes: EfficientNet written in JAX on v3,
 * and willfit's own program on v4. Of willfit's own program on v3 the compiler computes them in the convolution instead: its
 * batch normalisation is one multiplication and one addition, and with flax's, which centres first, they are written.
 */
function isSqueezed(uses: Uses, value: ValueId): boolean {
  const consumers = uses.consumers[value]!;
  if (!consumers.some(({ name }) => name === "multiply")) return false;
  const squeezes = (it: Operation) =>
    it.name === "reduce" && it.phase === "forward" && it.attributes.dimensions.join() === "1,2";
  return consumers.some((it) =>
    it.name === "convert" ? uses.consumers[it.results[0]!]!.some(squeezes) : squeezes(it),
  );
}

/**
 * Sums of a residual stream with a product that is turned for it, and that product as it was. The compiler keeps such a
 * stream in both orientations, and for the backward pass of the sum the product beside it (MLP-Mixer's token mixing).
 */
export function turnedProducts(program: Program, uses: Uses): ReadonlyMap<ValueId, ValueId> {
  const products = new Map<ValueId, ValueId>();
  for (const operation of program.operations) {
    if (operation.name !== "add" || operation.phase !== "forward") continue;
    for (const operand of operation.operands) {
      const turn = uses.producer[operand];
      if (turn && movesFeatures(turn)) products.set(operation.results[0]!, turn.operands[0]!);
    }
  }
  return products;
}

/** A transpose that takes the features out of the last place: a dot across tokens reads the turned copy (MLP-Mixer). */
function movesFeatures(operation: Operation): boolean {
  if (operation.name !== "transpose") return false;
  const { permutation } = operation.attributes;
  return permutation.at(-1) !== permutation.length - 1;
}

/** A reshape that joins dimensions which a transpose has brought together: patches cut from an image (ViT). */
function regroups(sizes: Sizes, uses: Uses, operation: Operation): boolean {
  if (operation.name !== "reshape") return false;
  const [from] = operation.operands;
  const transposed = uses.producer[from!];
  if (transposed?.name !== "transpose") return false;
  const { permutation } = transposed.attributes;
  const joined = sizes.ask(joinedDimensions, from!, operation.results[0]!);
  return joined !== "" && joined.split(",").some((i) => permutation[+i] !== permutation[+i - 1]! + 1);
}

/** The dimensions that a reshape joins to the one before, with commas between them. */
function joinedDimensions({ shape: from }: TensorType, { shape: to }: TensorType): string {
  const boundaries = new Set(prefixProducts(to));
  return prefixProducts(from)
    .flatMap((before, i) => (i > 0 && !boundaries.has(before) && from[i]! > 1 ? [i] : []))
    .join();
}

/** The product of all sizes before each dimension. */
function prefixProducts(shape: readonly number[]): readonly number[] {
  let product = 1;
  return shape.map((size) => {
    const before = product;
    product *= size;
    return before;
  });
}
