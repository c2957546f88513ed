/** @file The global norm of all gradients, the clip by it, and the count of steps: what Adam's relatives begin with. */
import { constant } from "../../ops/constants.js";
import { add, divide, minimum, multiply, sqrt } from "../../ops/elementwise.js";
import { reduce } from "../../ops/reduction.js";
import type { Tensor, Trace } from "../../program/trace.js";
import type { Trained } from "./rule.js";

/** min(1, limit / ‖g‖) over all gradients together; the norm is an output of the program. */
export function clipFactor(trace: Trace, trained: readonly Trained[], limit: number): Tensor {
  return trace.scoped("clip", () => {
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
  });
}

/** The number of this step, i32: 1 in the first. */
export function countSteps(trace: Trace): Tensor {
  const previous = trace.input("optimizer-state", "step", "i32", [], { kind: "constant", value: 0 });
  const step = add(previous, constant(trace, 1, "i32"));
  trace.replaceInput(previous, step);
  return step;
}
