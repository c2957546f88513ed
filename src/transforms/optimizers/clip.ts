/** @file The global norm of all gradients, the clip by it, and the count of steps: what Adam's relatives begin with. */

import { allReduce } from "../../ops/collective.js";
import { constant } from "../../ops/constants.js";
import { add, divide, minimum, multiply, sqrt } from "../../ops/elementwise.js";
import { reduce } from "../../ops/reduction.js";
import type { Tensor, Trace } from "../../program/trace.js";
import type { Trained } from "./rule.js";

/** The sum of the squares of some gradients, as far as this device holds them. */
function sumOfSquares(trained: readonly Trained[]): Tensor {
  const squares = trained.map(({ gradient }) =>
    reduce(
      "add",
      multiply(gradient, gradient),
      gradient.shape.map((_, d) => d),
    ),
  );
  return squares.reduce(add);
}

/** The sum of squares of all gradients: what each device holds a part of is summed over the devices, what all hold counts once. */
function squaredNorm(trained: readonly Trained[]): Tensor {
  const inParts = trained.filter(({ input }) => input.shard);
  const whole = trained.filter(({ input }) => !input.shard);
  const sums = [
    ...(whole.length > 0 ? [sumOfSquares(whole)] : []),
    ...(inParts.length > 0 ? [allReduce(sumOfSquares(inParts))] : []),
  ];
  return sums.reduce(add);
}

/** min(1, limit / ‖g‖) over all gradients together; the norm is an output of the program. */
export function clipFactor(trace: Trace, trained: readonly Trained[], limit: number): Tensor {
  return trace.scoped("clip", () => {
    const norm = sqrt(squaredNorm(trained));
    trace.output("gradientNorm", norm);
    // A norm of zero divides to infinity, and the minimum is then 1.
    return minimum(constant(trace, 1), divide(constant(trace, limit), norm));
  });
}

/** The number of this step, i32: 1 in the first. */
export function countSteps(trace: Trace): Tensor {
  const previous = trace.input("optimizer-state", "step", "i32", [], { kind: "constant", value: 0 });
  const step = add(previous, constant(trace, 1, "i32"));
  trace.replaceInput(previous, step);
  return step;
}
