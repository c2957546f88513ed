/** @file AdamW (arXiv 1711.05101), the gradient clipped to a global norm first, as optax's chain in big_vision does. */
import { constant, fullLike } from "../../ops/constants.js";
import { add, divide, multiply, power, sqrt, subtract } from "../../ops/elementwise.js";
import { convert } from "../../ops/shape.js";
import { clipFactor, countSteps } from "./clip.js";
import { follow, held, moment, type Optimizer, stretch, withDecay } from "./rule.js";

export const adamw: Optimizer = (trace, trained, hyper) => {
  const clip = clipFactor(trace, trained, hyper.clipNorm);
  const step = convert(countSteps(trace), "f32");
  const one = constant(trace, 1);
  const correction = (decay: number) => subtract(one, power(constant(trace, decay), step));
  const [correction1, correction2] = [correction(hyper.beta1), correction(hyper.beta2)];

  return (item, momentumDtype) => {
    const { gradient } = item;
    const clipped = multiply(gradient, stretch(clip, gradient));
    const mean = follow(moment(trace, "mu", held(item), momentumDtype), clipped, hyper.beta1);
    const square = follow(moment(trace, "nu", held(item), "f32"), multiply(clipped, clipped), hyper.beta2);
    const root = sqrt(divide(square, stretch(correction2, square)));
    const direction = divide(
      divide(mean, stretch(correction1, mean)),
      add(root, fullLike(root, hyper.epsilon)),
    );
    return withDecay(direction, item, hyper.weightDecay);
  };
};
