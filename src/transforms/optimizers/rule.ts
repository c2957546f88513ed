/** @file What an optimizer is: a rule that turns a gradient into a step, and the pieces that several rules share. */
import { add, scale } from "../../ops/elementwise.js";
import { broadcastInDim, convert } from "../../ops/shape.js";
import type { Tensor, Trace } from "../../program/trace.js";
import type { ProgramInput, Shard } from "../../program/types.js";
import type { Plan } from "../plan.js";

export interface Hyperparameters {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled for AdamW, Adafactor and LION, an L2 term of the gradient for the others; on kernels only. */
  readonly weightDecay: number;
  /** SGD's, and what RMSProp and Adafactor keep of their last steps. */
  readonly momentum: number;
  /** Share of the old mean square that RMSProp keeps, and what it adds to it under the root. */
  readonly rmsDecay: number;
  readonly rmsEpsilon: number;
  /** Largest global gradient norm (AdamW, Adafactor). */
  readonly clipNorm: number;
  /** LION's: shares of the momentum in the step, and in the next momentum. */
  readonly lionBeta1: number;
  readonly lionBeta2: number;
  /** Adafactor keeps a share of its mean squares that grows with the steps t: 1 − t^−decay, at most `beta2`. */
  readonly factoredDecay: number;
  /** Added to the square of a gradient that may be zero. */
  readonly factoredEpsilon: number;
}

export interface Trained {
  readonly input: ProgramInput;
  readonly parameter: Tensor;
  /** f32. */
  readonly gradient: Tensor;
}

/** What the names of all optimizer state begin with. */
export const OPTIMIZER_SCOPE = "optimizer";

/** The step that the learning rate multiplies, and that is subtracted from the parameter; declares its own state. */
type UpdateRule = (item: Trained, momentumDtype: Plan["momentumDtype"]) => Tensor;

/** A rule for all parameters: what is computed once (a norm, a step count) comes before the first of them. */
export type Optimizer = (trace: Trace, all: readonly Trained[], hyper: Hyperparameters) => UpdateRule;

/** A scalar, in the element type and shape of `like`. */
export function stretch(scalar: Tensor, like: Tensor): Tensor {
  return broadcastInDim(convert(scalar, like.dtype), like.shape, []);
}

/** Weight matrices and convolution kernels decay; biases, norms, embeddings and temperatures do not. */
function decays(input: ProgramInput): boolean {
  return input.name.endsWith("kernel");
}

/** Decoupled weight decay (arXiv 1711.05101): part of the step, not of the gradient. */
export function withDecay(direction: Tensor, { input, parameter }: Trained, weightDecay: number): Tensor {
  return decays(input) ? add(direction, scale(parameter, weightDecay)) : direction;
}

/** What a device holds of a parameter, its gradient or its state. */
export interface Held {
  readonly shape: readonly number[];
  /** What part `shape` is; all of it when undefined. */
  readonly shard: Shard | undefined;
}

/** What a device holds of a gradient. */
export function held({ gradient, input }: Trained): Held {
  return { shape: gradient.shape, shard: input.shard };
}

/** A piece of optimizer state, filled with `value` at first. */
export function moment(
  trace: Trace,
  name: string,
  { shape, shard }: Held,
  dtype: Plan["momentumDtype"],
  value = 0,
): Tensor {
  return trace.input("optimizer-state", name, dtype, shape, { kind: "constant", value }, shard);
}

/** An exponential moving average kept as state: old·decay + new·(1 − decay), computed in f32. */
export function follow(state: Tensor, value: Tensor, decay: number): Tensor {
  const next = add(scale(convert(state, "f32"), decay), scale(value, 1 - decay));
  state.trace.replaceInput(state, convert(next, state.dtype));
  return next;
}
