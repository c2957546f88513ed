/**
 * @file Adafactor (arXiv 1804.04235) as big_vision uses it (arXiv 2106.04560, section 3.4; scale_by_adafactor in its
 * optax.py): a matrix's mean squares are kept as their means over rows and over columns, the step has momentum, and the
 * gradient is clipped to a global norm first. No step size of its own.
 */
import { allReduce } from "../../ops/collective.js";
import { constant, fullLike } from "../../ops/constants.js";
import { add, minimum, multiply, power, rsqrt, scale, subtract } from "../../ops/elementwise.js";
import { mean } from "../../ops/reduction.js";
import { broadcastInDim, convert } from "../../ops/shape.js";
import type { Tensor } from "../../program/trace.js";
import { wholeShape } from "../../program/types.js";
import { clipFactor, countSteps } from "./clip.js";
import { follow, type Held, held, moment, type Optimizer, stretch, withDecay } from "./rule.js";

/** Both of the two largest dimensions must have this size for the mean squares to be factored (big_vision). */
const LEAST_FACTORED_SIZE = 32;

/** The two largest dimensions, the smaller of them first; undefined where factoring is not worth it. */
function factoredDimensions(shape: readonly number[]): readonly [number, number] | undefined {
  const bySize = shape.map((_, d) => d).sort((a, b) => shape[a]! - shape[b]!);
  const [smaller, larger] = bySize.slice(-2);
  if (smaller === undefined || larger === undefined) return undefined;
  return shape[smaller]! >= LEAST_FACTORED_SIZE ? [smaller, larger] : undefined;
}

/** Mean squares of which a share that depends on the step is kept. */
function followShare(state: Tensor, value: Tensor, kept: Tensor): Tensor {
  const share = stretch(kept, state);
  const next = add(multiply(state, share), multiply(value, subtract(fullLike(share, 1), share)));
  state.trace.replaceInput(state, next);
  return next;
}

/** The mean over one dimension of the whole, which `part` says what `x` is of. */
function meanOver(x: Tensor, { shard }: Held, dimension: number): Tensor {
  const own = mean(x, [dimension]);
  return shard?.dimension === dimension ? scale(allReduce(own), 1 / shard.replicas) : own;
}

/** What a device holds of a mean over one dimension: all of it when that is the one in parts. */
function averagedHeld({ shape, shard }: Held, lost: number): Held {
  const dimension = shard && (lost < shard.dimension ? shard.dimension - 1 : shard.dimension);
  return {
    shape: shape.filter((_, d) => d !== lost),
    shard:
      !shard || dimension === undefined || shard.dimension === lost ? undefined : { ...shard, dimension },
  };
}

/** Back to `like`'s shape, along the dimension that was averaged away. */
function alongLost(x: Tensor, like: Tensor, lost: number): Tensor {
  return broadcastInDim(
    x,
    like.shape,
    like.shape.map((_, d) => d).filter((d) => d !== lost),
  );
}

/**
 * The gradient over the root of its mean square. Means are those of the whole matrix, where a device holds a part of it, too.
 *
 * @param part what `gradient` is of the parameter's
 */
function normalize(gradient: Tensor, part: Held, kept: Tensor, epsilon: number): Tensor {
  const { trace } = gradient;
  const raw = multiply(gradient, gradient);
  const squared = add(raw, fullLike(raw, epsilon));
  const factored = factoredDimensions(wholeShape(part.shape, part.shard));
  if (!factored) {
    return multiply(gradient, rsqrt(followShare(moment(trace, "v", part, "f32"), squared, kept)));
  }
  const [smaller, larger] = factored;
  const averaged = (name: string, lost: number) =>
    followShare(moment(trace, name, averagedHeld(part, lost), "f32"), meanOver(squared, part, lost), kept);
  const [rows, columns] = [averaged("v_row", larger), averaged("v_col", smaller)];
  // Rows relative to their own mean: the product of both factors is then of the size of the mean square.
  const smallerInRows = smaller > larger ? smaller - 1 : smaller;
  const meanOfRows = meanOver(rows, averagedHeld(part, larger), smallerInRows);
  const rowMean = alongLost(meanOfRows, rows, smallerInRows);
  const rowFactor = multiply(rsqrt(rows), power(rowMean, fullLike(rowMean, 0.5)));
  const byRows = multiply(gradient, alongLost(rowFactor, gradient, larger));
  return multiply(byRows, alongLost(rsqrt(columns), gradient, smaller));
}

export const adafactor: Optimizer = (trace, trained, hyper) => {
  const clip = clipFactor(trace, trained, hyper.clipNorm);
  const step = convert(countSteps(trace), "f32");
  const decay = subtract(constant(trace, 1), power(step, constant(trace, -hyper.factoredDecay)));
  const kept = minimum(constant(trace, hyper.beta2), decay);
  return (item, momentumDtype) => {
    const clipped = multiply(item.gradient, stretch(clip, item.gradient));
    const normalized = normalize(clipped, held(item), kept, hyper.factoredEpsilon);
    const direction = follow(moment(trace, "mu", held(item), momentumDtype), normalized, hyper.momentum);
    return withDecay(direction, item, hyper.weightDecay);
  };
};
