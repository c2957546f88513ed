/**
 * @file Optimizers, as operations of the program: from parameters and gradients to their replacements.
 */
import { constant, fullLike } from "../ops/constants.js";
import { add, divide, minimum, multiply, power, rsqrt, scale, sqrt, subtract } from "../ops/elementwise.js";
import { reduce } from "../ops/reduction.js";
import { broadcastInDim, convert } from "../ops/shape.js";
import type { Tensor, Trace } from "../program/trace.js";
import type { ProgramInput } from "../program/types.js";
import type { Plan } from "./plan.js";

export interface Hyperparameters {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled for AdamW, an L2 term of the gradient for the others; on kernels only. */
  readonly weightDecay: number;
  /** SGD's, and what RMSProp keeps of its last steps. */
  readonly momentum: number;
  /** Share of the old mean square that RMSProp keeps, and what it adds to it under the root. */
  readonly rmsDecay: number;
  readonly rmsEpsilon: number;
  /** Largest global gradient norm (AdamW). */
  readonly clipNorm: number;
}

/**
 * AdamW: big_vision's vit_s16_i1k.py (arXiv 2205.01580). SGD: arXiv 1512.03385, section 3.4. RMSProp: EfficientNet's
 * (arXiv 1905.11946, section 5.2; epsilon from its code, utils.py).
 */
export const defaultHyperparameters: Hyperparameters = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 1e-4,
  momentum: 0.9,
  rmsDecay: 0.9,
  rmsEpsilon: 1e-3,
  clipNorm: 1,
};

interface Trained {
  readonly input: ProgramInput;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
}

const stretch = (scalar: Tensor, like: Tensor) => broadcastInDim(convert(scalar, like.dtype), like.shape, []);

/** Weight matrices and convolution kernels decay; biases, norms, embeddings and temperatures do not. */
function decays(input: ProgramInput): boolean {
  return input.name.endsWith("kernel");
}

/**
 * Appends the update of every parameter: each parameter input of the trace is replaced, and optimizer state is
 * declared and replaced beside it. Declares the schedule input `learningRate`, an f32 scalar.
 *
 * @param gradients one for each parameter input of the trace, in their order, f32
 */
export function applyOptimizer(
  trace: Trace,
  gradients: readonly Tensor[],
  plan: Pick<Plan, "optimizer" | "momentumDtype">,
  hyperparameters: Hyperparameters,
): void {
  const trained = trace.inputs
    .filter(({ role }) => role === "parameter")
    .map((input, i) => ({ input, parameter: trace.tensor(input.value), gradient: gradients[i]! }));
  const learningRate = trace.input("schedule", "learningRate", "f32", []);
  trace.at("optimizer", "update", () => {
    const update = rules[plan.optimizer](trace, trained, hyperparameters);
    for (const item of trained) {
      trace.scoped(item.input.name, () => {
        const step = update(item, plan.momentumDtype);
        trace.replaceInput(
          item.parameter,
          subtract(item.parameter, multiply(stretch(learningRate, step), step)),
        );
      });
    }
  });
}

type UpdateRule = (item: Trained, momentumDtype: Plan["momentumDtype"]) => Tensor;

/** A piece of optimizer state of the parameter's shape, starting at zero. */
function moment(trace: Trace, name: string, like: Tensor, dtype: Plan["momentumDtype"]): Tensor {
  return trace.input("optimizer-state", name, dtype, like.shape, { kind: "constant", value: 0 });
}

/** An exponential moving average kept as state: old·decay + new·(1 − decay), computed in f32. */
function follow(state: Tensor, value: Tensor, decay: number): Tensor {
  const next = add(scale(convert(state, "f32"), decay), scale(value, 1 - decay));
  state.trace.replaceInput(state, convert(next, state.dtype));
  return next;
}

/** arXiv 1711.05101 with the gradient clipped to a global norm first, as optax's chain in big_vision does. */
function adamW(trace: Trace, trained: readonly Trained[], hyper: Hyperparameters): UpdateRule {
  const clip = trace.scoped("clip", () => clipFactor(trace, trained, hyper.clipNorm));
  const previousStep = trace.input("optimizer-state", "step", "i32", [], { kind: "constant", value: 0 });
  const step = add(previousStep, constant(trace, 1, "i32"));
  trace.replaceInput(previousStep, step);
  const one = constant(trace, 1);
  const correction = (decay: number) => subtract(one, power(constant(trace, decay), convert(step, "f32")));
  const [correction1, correction2] = [correction(hyper.beta1), correction(hyper.beta2)];

  return ({ input, parameter, gradient }, momentumDtype) => {
    const clipped = multiply(gradient, stretch(clip, gradient));
    const mean = follow(moment(trace, "mu", parameter, momentumDtype), clipped, hyper.beta1);
    const square = follow(moment(trace, "nu", parameter, "f32"), multiply(clipped, clipped), hyper.beta2);
    const root = sqrt(divide(square, stretch(correction2, square)));
    const direction = divide(
      divide(mean, stretch(correction1, mean)),
      add(root, fullLike(root, hyper.epsilon)),
    );
    return decays(input) ? add(direction, scale(parameter, hyper.weightDecay)) : direction;
  };
}

/** min(1, limit / ‖g‖) over all gradients together. */
function clipFactor(trace: Trace, trained: readonly Trained[], limit: number): Tensor {
  const squares = trained.map(({ gradient }) =>
    reduce(
      "add",
      multiply(gradient, gradient),
      gradient.shape.map((_, d) => d),
    ),
  );
  const norm = sqrt(squares.reduce(add));
  trace.output("gradientNorm", norm);
  // A norm of zero divides to infinity, and the minimum is then 1.
  return minimum(constant(trace, 1), divide(constant(trace, limit), norm));
}

/** Heavy-ball momentum with weight decay in the gradient. */
function sgd(_trace: Trace, _: readonly Trained[], hyper: Hyperparameters): UpdateRule {
  return ({ input, parameter, gradient }, momentumDtype) => {
    const decayed = decays(input) ? add(gradient, scale(parameter, hyper.weightDecay)) : gradient;
    return withMomentum(decayed, parameter, hyper.momentum, momentumDtype);
  };
}

/** The new velocity: the old one's share, and `step`. */
function withMomentum(
  step: Tensor,
  parameter: Tensor,
  momentum: number,
  dtype: Plan["momentumDtype"],
): Tensor {
  const { trace } = step;
  const state = moment(trace, "momentum", parameter, dtype);
  const velocity = add(scale(convert(state, "f32"), momentum), step);
  trace.replaceInput(state, convert(velocity, dtype));
  return velocity;
}

/**
 * RMSProp with momentum as TensorFlow has it: gradients are divided by the root of their mean square, with epsilon
 * under the root, and the mean square starts at one.
 */
function rmsProp(trace: Trace, _: readonly Trained[], hyper: Hyperparameters): UpdateRule {
  return ({ input, parameter, gradient }, momentumDtype) => {
    const decayed = decays(input) ? add(gradient, scale(parameter, hyper.weightDecay)) : gradient;
    const state = trace.input("optimizer-state", "square", "f32", parameter.shape, {
      kind: "constant",
      value: 1,
    });
    const square = follow(state, multiply(decayed, decayed), hyper.rmsDecay);
    const step = multiply(decayed, rsqrt(add(square, fullLike(square, hyper.rmsEpsilon))));
    return withMomentum(step, parameter, hyper.momentum, momentumDtype);
  };
}

const rules: Readonly<
  Record<Plan["optimizer"], (t: Trace, all: readonly Trained[], hyper: Hyperparameters) => UpdateRule>
> = { adamw: adamW, sgd, rmsprop: rmsProp };
