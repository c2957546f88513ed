/** @file A layer with its gradients, as a program of its own. */
import { multiply } from "../../src/ops/elementwise.js";
import { reduce } from "../../src/ops/reduction.js";
import { type Tensor, Trace } from "../../src/program/trace.js";
import type { Program } from "../../src/program/types.js";
import { differentiate } from "../../src/transforms/differentiate.js";

/**
 * The loss Σ w ⊙ y of a layer's result y.
 *
 * @param shape of the layer's operand x, f32
 * @returns a program of `x`, the parameters and `weights`, to `y`, `loss` and its gradients by `x` and the parameters, which go by
 *   the same names as these
 */
export function layerProgram(shape: readonly number[], layer: (x: Tensor) => Tensor): Program {
  const trace = new Trace();
  const x = trace.input("batch", "x", "f32", shape);
  const y = layer(x);
  const weights = trace.input("batch", "weights", "f32", y.shape);
  const loss = reduce(
    "add",
    multiply(y, weights),
    y.shape.map((_, d) => d),
  );
  const wanted = trace.inputs.filter(({ name, role }) => role === "parameter" || name === "x");
  const gradients = differentiate(
    loss,
    wanted.map(({ value }) => trace.tensor(value)),
  );
  trace.output("y", y);
  trace.output("loss", loss);
  wanted.forEach(({ name }, i) => {
    trace.output(name, gradients[i]!);
  });
  return trace.finish("layer");
}
