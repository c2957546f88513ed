/**
 * @file The exponential moving average of the parameters, kept as state beside them: what the papers evaluate in
 * their place.
 */
import { constant } from "../ops/constants.js";
import { add, divide, minimum, multiply, subtract } from "../ops/elementwise.js";
import { convert } from "../ops/shape.js";
import type { Tensor, Trace } from "../program/trace.js";
import { countSteps } from "./optimizers/clip.js";
import { held, moment, OPTIMIZER_SCOPE, stretch, type Trained } from "./optimizers/rule.js";

const AVERAGE = "ema";

/** The name of a parameter's average: that of `head/kernel` is `optimizer/head/kernel/ema`. */
export const averageName = (parameter: string) => `${OPTIMIZER_SCOPE}/${parameter}/${AVERAGE}`;

/** TensorFlow's ExponentialMovingAverage with `num_updates` counts ten steps more in the divisor. */
const EXTRA_STEPS = 10;

/** Records the average of one parameter's new value. */
export type Averaging = (item: Trained, next: Tensor) => void;

/**
 * Averages with a decay that grows to `decay` as there is something to average: t / (t + 10) at most, t being the
 * steps before this one. The first step's is 0, so what the average held before it does not matter.
 */
export function averaging(trace: Trace, decay: number): Averaging {
  const share = trace.scoped(AVERAGE, () => {
    const step = convert(countSteps(trace), "f32");
    const before = subtract(step, constant(trace, 1));
    const grown = divide(before, add(before, constant(trace, EXTRA_STEPS)));
    return subtract(constant(trace, 1), minimum(constant(trace, decay), grown));
  });
  return (item, next) => {
    const average = moment(trace, AVERAGE, held(item), "f32");
    const moved = multiply(stretch(share, next), subtract(next, average));
    trace.replaceInput(average, add(average, moved));
  };
}
