/**
 * @file Matrix products of any rank.
 */
import type { Tensor } from "../program/trace.js";
import { type DType, elementCount, type TensorType } from "../program/types.js";
import { type Cost, emit, type OpDefinition } from "./definition.js";
import { transpose } from "./shape.js";

/** Dimensions of the operands of `dotGeneral`. */
export interface DotDimensions {
  /** Of the left operand that both have, in the order of the right one's. */
  readonly lhsBatch: readonly number[];
  /** Those of the right operand. */
  readonly rhsBatch: readonly number[];
  /** Of the left operand that are summed over. */
  readonly lhsContracting: readonly number[];
  /** Those of the right operand. */
  readonly rhsContracting: readonly number[];
}

declare module "../program/types.js" {
  interface OpAttributes {
    /** Result dimensions: batch, free of lhs, free of rhs, each in operand order. Accumulates in f32. */
    dotGeneral: DotDimensions & { readonly dtype: DType };
  }
}

/** The dimensions of the product with its operands the other way round. */
export function swappedOperands(dims: DotDimensions): DotDimensions {
  return {
    lhsBatch: dims.rhsBatch,
    rhsBatch: dims.lhsBatch,
    lhsContracting: dims.rhsContracting,
    rhsContracting: dims.lhsContracting,
  };
}

/** Dimensions of an operand that are neither batch nor contracted. */
function freeDimensions(rank: number, batch: readonly number[], contracting: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, d) => d).filter(
    (d) => !batch.includes(d) && !contracting.includes(d),
  );
}

/** The product as batched matrix multiplication: [batch, m, k] × [batch, k, n]. */
export function dotSizes(
  lhs: TensorType,
  rhs: TensorType,
  dims: DotDimensions,
): { readonly batch: number; readonly m: number; readonly n: number; readonly k: number } {
  const sizeOf = (type: TensorType, dimensions: readonly number[]) =>
    elementCount(dimensions.map((d) => type.shape[d]!));
  return {
    batch: sizeOf(lhs, dims.lhsBatch),
    m: sizeOf(lhs, freeDimensions(lhs.shape.length, dims.lhsBatch, dims.lhsContracting)),
    n: sizeOf(rhs, freeDimensions(rhs.shape.length, dims.rhsBatch, dims.rhsContracting)),
    k: sizeOf(lhs, dims.lhsContracting),
  };
}

/** How an operand becomes a [batch, rows, columns] matrix. */
export interface MatrixArrangement {
  /** Absent when the dimensions are in order already. */
  readonly permutation?: readonly number[];
  /** Whether the matrix is then the wrong way round, which a matrix product can take. */
  readonly transposed: boolean;
}

const inOrder = (dimensions: readonly number[]) => dimensions.every((d, i) => d === i);

function arrangement(
  batch: readonly number[],
  rows: readonly number[],
  columns: readonly number[],
): MatrixArrangement {
  if (inOrder([...batch, ...rows, ...columns])) return { transposed: false };
  if (inOrder([...batch, ...columns, ...rows])) return { transposed: true };
  return { permutation: [...batch, ...rows, ...columns], transposed: false };
}

/** How both operands become matrices, [batch, m, k] and [batch, k, n], with as little moved as can be. */
export function matrixArrangements(
  lhs: TensorType,
  rhs: TensorType,
  { lhsBatch, rhsBatch, lhsContracting, rhsContracting }: DotDimensions,
): { readonly left: MatrixArrangement; readonly right: MatrixArrangement } {
  const left = freeDimensions(lhs.shape.length, lhsBatch, lhsContracting);
  const right = freeDimensions(rhs.shape.length, rhsBatch, rhsContracting);
  return {
    left: arrangement(lhsBatch, left, lhsContracting),
    right: arrangement(rhsBatch, rhsContracting, right),
  };
}

function dotCost(operands: readonly TensorType[], dims: DotDimensions): Cost {
  const { batch, m, n, k } = dotSizes(operands[0]!, operands[1]!, dims);
  const multiplyAdds = batch * m * n * k;
  return { flops: 2 * multiplyAdds, transcendentals: 0, multiplyAdds };
}

export const dotGeneralOp: OpDefinition<"dotGeneral"> = {
  infer: ([lhs, rhs], dims, reject) => {
    const agree = (l: readonly number[], r: readonly number[]) =>
      l.length === r.length && l.every((d, i) => lhs!.shape[d] === rhs!.shape[r[i]!]);
    if (lhs!.dtype !== rhs!.dtype) reject("operands must have one element type");
    if (!agree(dims.lhsBatch, dims.rhsBatch)) reject("batch dimensions differ");
    if (!agree(dims.lhsContracting, dims.rhsContracting)) {
      const size = (type: TensorType, d: readonly number[]) => d.map((i) => type.shape[i]).join("×");
      reject(`contracts ${size(lhs!, dims.lhsContracting)} with ${size(rhs!, dims.rhsContracting)}`);
    }
    const pick = (type: TensorType, dimensions: readonly number[]) => dimensions.map((d) => type.shape[d]!);
    const shape = [
      ...pick(lhs!, dims.lhsBatch),
      ...pick(lhs!, freeDimensions(lhs!.shape.length, dims.lhsBatch, dims.lhsContracting)),
      ...pick(rhs!, freeDimensions(rhs!.shape.length, dims.rhsBatch, dims.rhsContracting)),
    ];
    return [{ dtype: dims.dtype, shape }];
  },
  cost: (operands, _, dims) => dotCost(operands, dims),
  vjp: ({ operands: [lhs, rhs], attributes: dims }, [g]) => {
    const swapped = swappedOperands(dims);
    return [
      () => operandCotangent(lhs!, rhs!, g!, dims, "lhs"),
      () => operandCotangent(rhs!, lhs!, g!, swapped, "rhs"),
    ];
  },
};

/**
 * The cotangent of `wanted` in a product with `other`: the result's cotangent contracted with `other` over
 * the dimensions that only `other` brought. `dims` has `wanted` as its lhs; `side` says where it really stood,
 * which decides the order of the result's free dimensions.
 */
function operandCotangent(
  wanted: Tensor,
  other: Tensor,
  cotangent: Tensor,
  dims: DotDimensions,
  side: "lhs" | "rhs",
): Tensor {
  const batchCount = dims.lhsBatch.length;
  const wantedFree = freeDimensions(wanted.shape.length, dims.lhsBatch, dims.lhsContracting);
  const otherFree = freeDimensions(other.shape.length, dims.rhsBatch, dims.rhsContracting);
  const firstOther = batchCount + (side === "lhs" ? wantedFree.length : 0);
  const product = dotGeneral(
    cotangent,
    other,
    {
      lhsBatch: dims.lhsBatch.map((_, i) => i),
      rhsBatch: dims.rhsBatch,
      lhsContracting: otherFree.map((_, i) => firstOther + i),
      rhsContracting: otherFree,
    },
    wanted.dtype,
  );
  // The product's dimensions: batch, free of `wanted`, then what was contracted, in `other`'s order.
  const contractedInOrder = [...dims.rhsContracting]
    .sort((a, b) => a - b)
    .map((d) => dims.lhsContracting[dims.rhsContracting.indexOf(d)]!);
  const productDimensions = [...dims.lhsBatch, ...wantedFree, ...contractedInOrder];
  return transpose(
    product,
    wanted.shape.map((_, d) => productDimensions.indexOf(d)),
  );
}

/** General dot product; the result has `dtype`, by default the operands'. */
export function dotGeneral(lhs: Tensor, rhs: Tensor, dims: DotDimensions, dtype: DType = lhs.dtype): Tensor {
  return emit("dotGeneral", dotGeneralOp, [lhs, rhs], { ...dims, dtype });
}

/**
 * `dotGeneral` written with letters: `einsum("bqhd,bkhd->bhqk", q, k)`. A letter in both operands and the
 * result is a batch dimension, one in both operands only is contracted.
 */
export function einsum(equation: string, lhs: Tensor, rhs: Tensor, dtype: DType = lhs.dtype): Tensor {
  const [inputs, output] = equation.split("->") as [string, string];
  const [l, r] = inputs.split(",") as [string, string];
  if (l.length !== lhs.shape.length || r.length !== rhs.shape.length) {
    throw new Error(`einsum ${equation} does not fit ranks ${lhs.shape.length} and ${rhs.shape.length}`);
  }
  const shared = [...l].filter((letter) => r.includes(letter));
  const batch = [...output].filter((letter) => shared.includes(letter));
  const contracted = shared.filter((letter) => !batch.includes(letter));
  const product = dotGeneral(
    lhs,
    rhs,
    {
      lhsBatch: batch.map((letter) => l.indexOf(letter)),
      rhsBatch: batch.map((letter) => r.indexOf(letter)),
      lhsContracting: contracted.map((letter) => l.indexOf(letter)),
      rhsContracting: contracted.map((letter) => r.indexOf(letter)),
    },
    dtype,
  );
  const free = (operand: string) => [...operand].filter((letter) => !shared.includes(letter));
  const letters = [...batch, ...free(l), ...free(r)];
  return transpose(
    product,
    [...output].map((letter) => letters.indexOf(letter)),
  );
}
