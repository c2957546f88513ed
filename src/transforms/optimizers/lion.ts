/** @file LION (arXiv 2302.06675, Program 1): the sign of an average of momentum and gradient; one moment, not two. */
import { add, scale, sign } from "../../ops/elementwise.js";
import { convert } from "../../ops/shape.js";
import { follow, held, moment, type Optimizer, withDecay } from "./rule.js";

export const lion: Optimizer = (trace, _all, hyper) => (item, momentumDtype) => {
  const { gradient } = item;
  const state = moment(trace, "mu", held(item), momentumDtype);
  const { lionBeta1 } = hyper;
  const direction = sign(add(scale(convert(state, "f32"), lionBeta1), scale(gradient, 1 - lionBeta1)));
  follow(state, gradient, hyper.lionBeta2);
  return withDecay(direction, item, hyper.weightDecay);
};
