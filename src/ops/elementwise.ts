/**
 * @file Elementwise arithmetic: one result element for each operand element, all of one shape (StableHLO has
 * no implicit broadcasting).
 */
import type { Tensor } from "../program/trace.js";
import { elementCount, type OpAttributes, sameShape, sameType, type TensorType } from "../program/types.js";
import { fullLike } from "./constants.js";
import { arithmetic, type Cost, emit, type OpDefinition } from "./definition.js";

type NoAttributes = Readonly<Record<never, never>>;
/** Equal, not equal, greater or equal, greater, less or equal, less. */
export type CompareDirection = "EQ" | "NE" | "GE" | "GT" | "LE" | "LT";

type UnaryName =
  | "negate"
  | "abs"
  | "sign"
  | "exponential"
  | "log"
  | "logPlusOne"
  | "logistic"
  | "tanh"
  | "sine"
  | "cosine"
  | "sqrt"
  | "rsqrt";
type BinaryName = "add" | "subtract" | "multiply" | "divide" | "maximum" | "minimum" | "power";

declare module "../program/types.js" {
  interface OpAttributes extends Record<UnaryName | BinaryName, NoAttributes> {
    compare: { readonly direction: CompareDirection };
    /** Operands: predicate, value where true, value where false. */
    select: NoAttributes;
  }
}

const outputElements = (results: readonly TensorType[]) => elementCount(results[0]!.shape);

/** XLA counts these apart from flops (HloCostAnalysis::HandleElementwiseOp). */
function transcendental(results: readonly TensorType[]): Cost {
  return { flops: 0, transcendentals: outputElements(results), multiplyAdds: 0 };
}

type UnaryDerivative = (x: Tensor, y: Tensor, cotangent: Tensor) => Tensor;

function unary<N extends UnaryName>(
  kind: "arithmetic" | "transcendental",
  derivative: UnaryDerivative,
): OpDefinition<N> {
  return {
    infer: ([x]) => [x!],
    cost: (_, results) =>
      kind === "arithmetic" ? arithmetic(outputElements(results)) : transcendental(results),
    vjp: ({ operands, results }, [cotangent]) => [() => derivative(operands[0]!, results[0]!, cotangent!)],
  };
}

/** d tanh = 1 − tanh², d σ = σ(1 − σ), … each written with the result where that saves keeping the operand. */
export const unaryOps: { readonly [N in UnaryName]: OpDefinition<N> } = {
  negate: unary("arithmetic", (_x, _y, g) => negate(g)),
  abs: unary("arithmetic", (x, _y, g) => multiply(g, sign(x))),
  sign: unary("arithmetic", (_x, y, _g) => fullLike(y, 0)),
  exponential: unary("transcendental", (_x, y, g) => multiply(g, y)),
  log: unary("transcendental", (x, _y, g) => divide(g, x)),
  logPlusOne: unary("transcendental", (x, _y, g) => divide(g, add(x, fullLike(x, 1)))),
  logistic: unary("transcendental", (_x, y, g) => multiply(g, multiply(y, subtract(fullLike(y, 1), y)))),
  tanh: unary("transcendental", (_x, y, g) => multiply(g, subtract(fullLike(y, 1), multiply(y, y)))),
  sine: unary("transcendental", (x, _y, g) => multiply(g, cosine(x))),
  cosine: unary("transcendental", (x, _y, g) => negate(multiply(g, sine(x)))),
  sqrt: unary("transcendental", (_x, y, g) => divide(multiply(g, fullLike(y, 0.5)), y)),
  rsqrt: unary("transcendental", (x, y, g) => multiply(g, multiply(fullLike(y, -0.5), divide(y, x)))),
};

type BinaryDerivatives = readonly [
  lhs: (x: Tensor, y: Tensor, cotangent: Tensor, result: Tensor) => Tensor,
  rhs: (x: Tensor, y: Tensor, cotangent: Tensor, result: Tensor) => Tensor,
];

function binary<N extends BinaryName>(
  derivatives: BinaryDerivatives,
  cost?: "transcendental",
): OpDefinition<N> {
  return {
    infer: ([x, y], _, reject) =>
      sameType(x!, y!) ? [x!] : reject("operands must have one shape and one element type"),
    cost: (_, results) =>
      cost === "transcendental" ? transcendental(results) : arithmetic(outputElements(results)),
    vjp: ({ operands: [x, y], results: [z] }, [cotangent]) => [
      () => derivatives[0](x!, y!, cotangent!, z!),
      () => derivatives[1](x!, y!, cotangent!, z!),
    ],
  };
}

/** Where `x` wins the whole cotangent, half where they tie, as in JAX: the subgradient is then symmetric. */
function winner(direction: "GT" | "LT", x: Tensor, y: Tensor, cotangent: Tensor): Tensor {
  const half = multiply(cotangent, fullLike(cotangent, 0.5));
  const ifNotTied = select(compare(direction, x, y), cotangent, fullLike(cotangent, 0));
  return select(compare("EQ", x, y), half, ifNotTied);
}

export const binaryOps: { readonly [N in BinaryName]: OpDefinition<N> } = {
  add: binary([(_x, _y, g) => g, (_x, _y, g) => g]),
  subtract: binary([(_x, _y, g) => g, (_x, _y, g) => negate(g)]),
  multiply: binary([(_x, y, g) => multiply(g, y), (x, _y, g) => multiply(g, x)]),
  divide: binary([(_x, y, g) => divide(g, y), (_x, y, g, z) => negate(multiply(g, divide(z, y)))]),
  maximum: binary([(x, y, g) => winner("GT", x, y, g), (x, y, g) => winner("GT", y, x, g)]),
  minimum: binary([(x, y, g) => winner("LT", x, y, g), (x, y, g) => winner("LT", y, x, g)]),
  power: binary(
    [
      (x, y, g) => multiply(g, multiply(y, power(x, subtract(y, fullLike(y, 1))))),
      (x, _y, g, z) => multiply(g, multiply(z, log(x))),
    ],
    "transcendental",
  ),
};

export const compareOp: OpDefinition<"compare"> = {
  infer: ([x, y], _, reject) =>
    sameType(x!, y!)
      ? [{ dtype: "i1", shape: x!.shape }]
      : reject("operands must have one shape and one element type"),
  cost: (_, results) => arithmetic(outputElements(results)),
  vjp: () => [undefined, undefined],
};

export const selectOp: OpDefinition<"select"> = {
  infer: ([predicate, onTrue, onFalse], _, reject) => {
    if (predicate!.dtype !== "i1") reject("the predicate must be i1");
    if (!sameType(onTrue!, onFalse!)) reject("both branches must have one shape and one element type");
    if (!sameShape(predicate!.shape, onTrue!.shape)) reject("the predicate must have the branches' shape");
    return [onTrue!];
  },
  cost: (_, results) => arithmetic(outputElements(results)),
  vjp: ({ operands: [predicate] }, [g]) => [
    undefined,
    () => select(predicate!, g!, fullLike(g!, 0)),
    () => select(predicate!, fullLike(g!, 0), g!),
  ],
};

// The casts are sound: both come from the one name.
const emitUnary =
  <N extends UnaryName>(name: N) =>
  (x: Tensor): Tensor =>
    emit<N>(name, unaryOps[name] as OpDefinition<N>, [x], {} as OpAttributes[N]);
const emitBinary =
  <N extends BinaryName>(name: N) =>
  (x: Tensor, y: Tensor): Tensor =>
    emit<N>(name, binaryOps[name] as OpDefinition<N>, [x, y], {} as OpAttributes[N]);

/** −x. */
export const negate = emitUnary("negate");
/** |x|. */
export const abs = emitUnary("abs");
/** −1, 0 or 1. */
export const sign = emitUnary("sign");
/** eˣ. */
export const exponential = emitUnary("exponential");
/** The natural logarithm. */
export const log = emitUnary("log");
/** log(1 + x), accurate near zero. */
export const logPlusOne = emitUnary("logPlusOne");
/** The sigmoid 1 / (1 + e^−x). */
export const logistic = emitUnary("logistic");
/** The hyperbolic tangent. */
export const tanh = emitUnary("tanh");
/** Of radians. */
export const sine = emitUnary("sine");
/** Of radians. */
export const cosine = emitUnary("cosine");
/** √x. */
export const sqrt = emitUnary("sqrt");
/** 1 / √x. */
export const rsqrt = emitUnary("rsqrt");

/** x + y. */
export const add = emitBinary("add");
/** x − y. */
export const subtract = emitBinary("subtract");
/** x · y, element by element. */
export const multiply = emitBinary("multiply");
/** x / y. */
export const divide = emitBinary("divide");
/** The larger of each two elements. */
export const maximum = emitBinary("maximum");
/** The smaller of each two elements. */
export const minimum = emitBinary("minimum");
/** x to the y, both tensors. */
export const power = emitBinary("power");

/** A predicate for each two elements. */
export function compare(direction: CompareDirection, x: Tensor, y: Tensor): Tensor {
  return emit("compare", compareOp, [x, y], { direction });
}

/** `onTrue` where `predicate`, else `onFalse`. */
export function select(predicate: Tensor, onTrue: Tensor, onFalse: Tensor): Tensor {
  return emit("select", selectOp, [predicate, onTrue, onFalse], {});
}

/** Multiplies every element by a number. */
export function scale(x: Tensor, factor: number): Tensor {
  return multiply(x, fullLike(x, factor));
}
