/**
 * @file What an operation's StableHLO form is given, and the shapes that most forms have.
 */
import type { OpAttributes, OpName, TensorType } from "../program/types.js";
import { signature, tensorType, type Value } from "./text.js";

/** One operation where it stands in the module. */
export interface Site<N extends OpName> {
  readonly attributes: OpAttributes[N];
  readonly operands: readonly Value[];
  readonly results: readonly TensorType[];
  readonly replicas: number;
  /** Writes a line before this one, `%name = text`, and returns the value it defines. */
  readonly define: (text: string, type: TensorType) => Value;
}

/** The right-hand side of an operation: everything after `%12 = `. */
export type Form<N extends OpName> = (site: Site<N>) => string;

const names = (values: readonly Value[]) => values.map(({ name }) => name).join(", ");

/** `stablehlo.add %0, %1 : tensor<4xf32>`, for operations whose operands and result have one type. */
export function uniform(name: string, operands: readonly Value[], type: TensorType): string {
  return `stablehlo.${name} ${names(operands)} : ${tensorType(type)}`;
}

/** `stablehlo.reshape %0, details : (tensor<4xf32>) -> tensor<2x2xf32>` */
export function mapped(
  name: string,
  operands: readonly Value[],
  details: string,
  results: readonly TensorType[],
): string {
  return `stablehlo.${name} ${names(operands)}${details} : ${signature(operands, results)}`;
}

/** `"stablehlo.gather"(%0, %1) <{attributes}> ({region}) : …`: MLIR's generic form, which every operation has. */
export function generic(
  name: string,
  operands: readonly Value[],
  attributes: Readonly<Record<string, string>>,
  results: readonly TensorType[],
  ...regions: readonly string[]
): string {
  const given = Object.entries(attributes).map(([key, value]) => `${key} = ${value}`);
  const bodies = regions.length === 0 ? "" : ` (${regions.join(", ")})`;
  return `"stablehlo.${name}"(${names(operands)}) <{${given.join(", ")}}>${bodies} : ${signature(operands, results)}`;
}

/** The region of two scalars that a reduction, a scatter or an all-reduce combines its elements with. */
export function combiner(name: string, dtype: TensorType["dtype"]): string {
  const scalar = tensorType({ dtype, shape: [] });
  return `{
    ^bb0(%a: ${scalar}, %b: ${scalar}):
      %c = stablehlo.${name} %a, %b : ${scalar}
      stablehlo.return %c : ${scalar}
    }`;
}

/** The region that chooses the larger of two scalars, the first on a tie. */
export function chooser(dtype: TensorType["dtype"]): string {
  const scalar = tensorType({ dtype, shape: [] });
  return `{
    ^bb0(%a: ${scalar}, %b: ${scalar}):
      %c = stablehlo.compare GE, %a, %b : (${scalar}, ${scalar}) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    }`;
}
