/** @file SGD and RMSProp, both with heavy-ball momentum and weight decay in the gradient. */
import { fullLike } from "../../ops/constants.js";
import { add, multiply, rsqrt, scale } from "../../ops/elementwise.js";
import { convert } from "../../ops/shape.js";
import type { Tensor } from "../../program/trace.js";
import type { Plan } from "../plan.js";
import { follow, type Held, held, moment, type Optimizer, type Trained, withDecay } from "./rule.js";

/** The new velocity: the old one's share, and `step`. */
function withMomentum(step: Tensor, part: Held, momentum: number, dtype: Plan["momentumDtype"]): Tensor {
  const { trace } = step;
  const state = moment(trace, "momentum", part, dtype);
  const velocity = add(scale(convert(state, "f32"), momentum), step);
  trace.replaceInput(state, convert(velocity, dtype));
  return velocity;
}

const decayed = (item: Trained, weightDecay: number) => withDecay(item.gradient, item, weightDecay);

export const sgd: Optimizer = (_trace, _all, hyper) => (item, momentumDtype) =>
  withMomentum(decayed(item, hyper.weightDecay), held(item), hyper.momentum, momentumDtype);

/**
 * RMSProp as TensorFlow has it: gradients are divided by the root of their mean square, with epsilon under the root, and the
 * mean square starts at one.
 */
export const rmsprop: Optimizer = (trace, _all, hyper) => (item, momentumDtype) => {
  const gradient = decayed(item, hyper.weightDecay);
  const state = moment(trace, "square", held(item), "f32", 1);
  const square = follow(state, multiply(gradient, gradient), hyper.rmsDecay);
  const step = multiply(gradient, rsqrt(add(square, fullLike(square, hyper.rmsEpsilon))));
  return withMomentum(step, held(item), hyper.momentum, momentumDtype);
};
