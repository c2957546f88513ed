/**
 * @file The small pieces of StableHLO's text: types, literals, attributes
 * (https://openxla.org/stablehlo/spec, and MLIR's own grammar for what the specification leaves to it).
 */
import type { DType, TensorType } from "../program/types.js";

/** A value of the module: `%12` and its type. */
export interface Value {
  readonly name: string;
  readonly type: TensorType;
}

/** `tensor<128x196x384xbf16>` */
export function tensorType({ dtype, shape }: TensorType): string {
  return `tensor<${[...shape, dtype].join("x")}>`;
}

/** `(tensor<4xf32>, tensor<f32>) -> tensor<f32>` */
export function signature(operands: readonly Value[], results: readonly TensorType[]): string {
  const to = results.map(tensorType);
  const from = operands.map(({ type }) => tensorType(type)).join(", ");
  return `(${from}) -> ${to.length === 1 ? to[0] : `(${to.join(", ")})`}`;
}

/** Bit patterns of what MLIR has no decimal literal for; a NaN is the quiet one. */
const nonFinite: Readonly<
  Record<"f32" | "bf16", { readonly Infinity: string; readonly negative: string; readonly NaN: string }>
> = {
  f32: { Infinity: "0x7F800000", negative: "0xFF800000", NaN: "0x7FC00000" },
  bf16: { Infinity: "0x7F80", negative: "0xFF80", NaN: "0x7FC0" },
};

/** A number as a double's literal: MLIR wants a point in every floating-point number. */
export function floatLiteral(value: number): string {
  const text = String(value);
  if (/[.]/.test(text)) return text;
  const [digits, exponent] = text.split("e");
  return exponent === undefined ? `${digits}.0` : `${digits}.0e${exponent}`;
}

/** One element of a constant. */
export function literal(value: number, dtype: DType): string {
  switch (dtype) {
    case "i1":
      return value === 0 ? "false" : "true";
    case "i32":
    case "ui8":
      return String(Math.trunc(value));
    case "f32":
    case "bf16": {
      if (Number.isNaN(value)) return nonFinite[dtype].NaN;
      if (Number.isFinite(value)) return floatLiteral(value);
      return value > 0 ? nonFinite[dtype].Infinity : nonFinite[dtype].negative;
    }
  }
}

/** What a maximum starts from. */
export function lowest(dtype: DType): number {
  switch (dtype) {
    case "i1":
    case "ui8":
      return 0;
    case "i32":
      return -(2 ** 31);
    case "f32":
    case "bf16":
      return Number.NEGATIVE_INFINITY;
  }
}

/** `[1, 2]` */
export function list(numbers: readonly number[]): string {
  return `[${numbers.join(", ")}]`;
}

/** `array<i64: 1, 2>`, and `array<i64>` for none. */
export function i64Array(numbers: readonly number[]): string {
  return numbers.length === 0 ? "array<i64>" : `array<i64: ${numbers.join(", ")}>`;
}

/** `dense<[[0, 1], [2, 3]]> : tensor<2x2xi64>` */
export function i64Matrix(rows: readonly (readonly number[])[]): string {
  return `dense<[${rows.map(list).join(", ")}]> : tensor<${rows.length}x${rows[0]?.length ?? 0}xi64>`;
}

/** A quoted string; names of this project need no escapes but these. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
