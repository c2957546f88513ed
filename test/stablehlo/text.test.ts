/** @file The text of a module: literals, and one small program in full. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { allReduce } from "../../src/ops/collective.js";
import { einsum } from "../../src/ops/dot.js";
import { multiply, scale, tanh } from "../../src/ops/elementwise.js";
import { reduce } from "../../src/ops/reduction.js";
import { Trace } from "../../src/program/trace.js";
import { printModule } from "../../src/stablehlo/module.js";
import { opName, placeOf } from "../../src/stablehlo/opName.js";
import { floatLiteral, literal } from "../../src/stablehlo/text.js";

it("a float's literal is MLIR's and gives the number back", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = floatLiteral(value);
      expect(text).toMatch(/^-?[0-9]+[.][0-9]*(e[-+]?[0-9]+)?$/);
      expect(Number(text)).toBe(value === 0 ? Number(text) : value);
    }),
  );
});

it("numbers without a literal are bit patterns", () => {
  expect(literal(Number.NEGATIVE_INFINITY, "f32")).toBe("0xFF800000");
  expect(literal(Number.POSITIVE_INFINITY, "bf16")).toBe("0x7F80");
  expect(literal(Number.NaN, "bf16")).toBe("0x7FC0");
});

it("a program reads as one would write it", () => {
  const trace = new Trace(2);
  const weights = trace.parameter("kernel", [4, 3], { kind: "normal", stddev: 0.02, truncated: true });
  const x = trace.input("batch", "x", "f32", [8, 4]);
  const loss = trace.scoped("head", () => {
    const y = tanh(einsum("bi,io->bo", x, weights));
    return allReduce(reduce("add", multiply(y, y), [0, 1]));
  });
  trace.output("loss", loss);
  trace.replaceInput(weights, scale(weights, 1e-9));
  expect(printModule(trace.finish("one layer"))).toMatchInlineSnapshot(`
    "module @step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 2 : i32, willfit.program = "one layer"} {
      func.func public @main(
        %arg0: tensor<4x3xf32> {tf.aliasing_output = 1 : i32, willfit.name = "kernel", willfit.role = "parameter", willfit.initializer = {kind = "normal", stddev = 0.02 : f64, truncated = true}} loc("kernel"),
        %arg1: tensor<8x4xf32> {willfit.name = "x", willfit.role = "batch"} loc("x")
      ) -> (
        tensor<f32> {willfit.name = "loss"},
        tensor<4x3xf32> {willfit.name = "kernel"}
      ) {
        %2 = stablehlo.dot_general %arg1, %arg0, contracting_dims = [1] x [0] : (tensor<8x4xf32>, tensor<4x3xf32>) -> tensor<8x3xf32> loc("forward/head/dotGeneral")
        %3 = stablehlo.tanh %2 : tensor<8x3xf32> loc("forward/head/tanh")
        %4 = stablehlo.multiply %3, %3 : tensor<8x3xf32> loc("forward/head/multiply")
        %helper5_0 = stablehlo.constant dense<0.0> : tensor<f32> loc("forward/head/reduce")
        %5 = stablehlo.reduce(%4 init: %helper5_0) applies stablehlo.add across dimensions = [0, 1] : (tensor<8x3xf32>, tensor<f32>) -> tensor<f32> loc("forward/head/reduce")
        %6 = "stablehlo.all_reduce"(%5) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
        }) : (tensor<f32>) -> tensor<f32> loc("forward/head/allReduce")
        %7 = stablehlo.constant dense<1.0e-9> : tensor<4x3xf32> loc("forward/constant")
        %8 = stablehlo.multiply %arg0, %7 : tensor<4x3xf32> loc("forward/multiply")
        return %6, %8 : tensor<f32>, tensor<4x3xf32>
      }
    }
    "
  `);
});

it("the place of an operation is read back from its name", () => {
  const trace = new Trace();
  const x = trace.input("batch", "x", "f32", [1]);
  trace.scoped("encoder", () => trace.scoped("query", () => tanh(x)));
  tanh(x);
  const names = trace.operations.map(opName);
  expect(names).toEqual(["forward/encoder/query/tanh", "forward/tanh"]);
  expect(names.map(placeOf)).toEqual(["forward/encoder/query", "forward"]);
  expect(placeOf("")).toBe("the compiler's own");
});
