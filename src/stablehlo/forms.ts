/**
 * @file The StableHLO form of every operation, by its name. Fails to compile while an operation of `OpAttributes` is
 * missing.
 */
import type { Reducer, Window } from "../ops/reduction.js";
import type { DType, OpName, TensorType } from "../program/types.js";
import {
  convolutionForm,
  convolutionInputGradientForm,
  convolutionKernelGradientForm,
} from "./convolution.js";
import { chooser, combiner, type Form, generic, mapped, type Site, uniform } from "./form.js";
import { i64Array, i64Matrix, list, literal, lowest, signature, tensorType, type Value } from "./text.js";

/** Operations whose operands and result are all of one type. */
const elementwise =
  <N extends OpName>(name: string): Form<N> =>
  ({ operands, results }) =>
    uniform(name, operands, results[0]!);

const splat = (value: number, type: TensorType) =>
  `stablehlo.constant dense<${literal(value, type.dtype)}> : ${tensorType(type)}`;

/** What reducers start from, as a value of its own. */
function initial(reducer: Reducer, dtype: DType, define: Site<OpName>["define"]): Value {
  const type = { dtype, shape: [] };
  return define(splat(reducer === "add" ? 0 : lowest(dtype), type), type);
}

const reducerNames: Readonly<Record<Reducer, string>> = { add: "add", max: "maximum" };

function windowAttributes({ size, strides, padding }: Window): Readonly<Record<string, string>> {
  return {
    window_dimensions: i64Array(size),
    window_strides: i64Array(strides),
    padding: i64Matrix(padding),
  };
}

/** All replicas in one group. */
function everyone(replicas: number): string {
  return i64Matrix([Array.from({ length: replicas }, (_, device) => device)]);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

export const forms: { readonly [N in OpName]: Form<N> } = {
  negate: elementwise("negate"),
  abs: elementwise("abs"),
  sign: elementwise("sign"),
  exponential: elementwise("exponential"),
  log: elementwise("log"),
  logPlusOne: elementwise("log_plus_one"),
  logistic: elementwise("logistic"),
  tanh: elementwise("tanh"),
  sine: elementwise("sine"),
  cosine: elementwise("cosine"),
  sqrt: elementwise("sqrt"),
  rsqrt: elementwise("rsqrt"),
  add: elementwise("add"),
  subtract: elementwise("subtract"),
  multiply: elementwise("multiply"),
  divide: elementwise("divide"),
  maximum: elementwise("maximum"),
  minimum: elementwise("minimum"),
  power: elementwise("power"),

  compare: ({ operands: [x, y], results, attributes: { direction } }) =>
    `stablehlo.compare ${direction}, ${x!.name}, ${y!.name} : ${signature([x!, y!], results)}`,
  select: ({ operands, results }) => mapped("select", operands, "", results),

  constant: ({ attributes: { value, type } }) => splat(value, type),
  iota: ({ attributes: { dimension, type } }) => `stablehlo.iota dim = ${dimension} : ${tensorType(type)}`,
  replicaId: ({ results, define }) => {
    // StableHLO's is unsigned, which the program does not have.
    const unsigned = { name: define("stablehlo.replica_id : tensor<ui32>", results[0]!).name };
    return `stablehlo.convert ${unsigned.name} : (tensor<ui32>) -> ${tensorType(results[0]!)}`;
  },

  convert: ({ operands, results }) => mapped("convert", operands, "", results),
  reshape: ({ operands, results }) => mapped("reshape", operands, "", results),
  transpose: ({ operands, results, attributes: { permutation } }) =>
    mapped("transpose", operands, `, dims = ${list(permutation)}`, results),
  broadcastInDim: ({ operands, results, attributes: { dimensions } }) =>
    mapped("broadcast_in_dim", operands, `, dims = ${list(dimensions)}`, results),
  slice: ({ operands, results, attributes: { start, limit, strides } }) => {
    const ranges = start.map((from, d) => `${from}:${limit[d]}:${strides[d]}`);
    return mapped("slice", operands, ` [${ranges.join(", ")}]`, results);
  },
  pad: ({ operands, results, attributes: { dimensions } }) => {
    const [low, high, interior] = (["low", "high", "interior"] as const).map((side) =>
      list(dimensions.map((dimension) => dimension[side])),
    );
    return mapped("pad", operands, `, low = ${low}, high = ${high}, interior = ${interior}`, results);
  },
  concatenate: ({ operands, results, attributes: { dimension } }) =>
    mapped("concatenate", operands, `, dim = ${dimension}`, results),
  reverse: ({ operands, results, attributes: { dimensions } }) =>
    mapped("reverse", operands, `, dims = ${list(dimensions)}`, results),

  reduce: ({ operands: [x], results, attributes: { reducer, dimensions }, define }) => {
    const init = initial(reducer, x!.type.dtype, define);
    const how = `applies stablehlo.${reducerNames[reducer]} across dimensions = ${list(dimensions)}`;
    return `stablehlo.reduce(${x!.name} init: ${init.name}) ${how} : ${signature([x!, init], results)}`;
  },
  reduceWindow: ({ operands: [x], results, attributes: { reducer, window }, define }) => {
    const { dtype } = x!.type;
    const operands = [x!, initial(reducer, dtype, define)];
    const region = combiner(reducerNames[reducer], dtype);
    return generic("reduce_window", operands, windowAttributes(window), results, region);
  },
  selectAndScatter: ({ operands: [x, source], results, attributes: { window }, define }) => {
    const { dtype } = x!.type;
    const operands = [x!, source!, initial("add", dtype, define)];
    const regions = [chooser(dtype), combiner("add", dtype)];
    return generic("select_and_scatter", operands, windowAttributes(window), results, ...regions);
  },

  dotGeneral: ({ operands: [lhs, rhs], results, attributes: dims }) => {
    const batching =
      dims.lhsBatch.length === 0 ? "" : ` batching_dims = ${list(dims.lhsBatch)} x ${list(dims.rhsBatch)},`;
    const contracting = ` contracting_dims = ${list(dims.lhsContracting)} x ${list(dims.rhsContracting)}`;
    return mapped("dot_general", [lhs!, rhs!], `,${batching}${contracting}`, results);
  },
  convolution: convolutionForm,
  convolutionInputGradient: convolutionInputGradientForm,
  convolutionKernelGradient: convolutionKernelGradientForm,

  gather: ({ operands: [table, indices], results }) => {
    const indexRank = indices!.type.shape.length;
    const [, ...row] = table!.type.shape;
    const numbers = [
      `offset_dims = ${list(range(indexRank, indexRank + row.length))}`,
      "collapsed_slice_dims = [0]",
      "start_index_map = [0]",
      `index_vector_dim = ${indexRank}`,
    ];
    const attributes = {
      dimension_numbers: `#stablehlo.gather<${numbers.join(", ")}>`,
      slice_sizes: i64Array([1, ...row]),
    };
    return generic("gather", [table!, indices!], attributes, results);
  },
  scatterAdd: ({ operands: [updates, indices], results, define }) => {
    const [result] = results as readonly [TensorType];
    const indexRank = indices!.type.shape.length;
    const zeros = define(splat(0, result), result);
    const numbers = [
      `update_window_dims = ${list(range(indexRank, updates!.type.shape.length))}`,
      "inserted_window_dims = [0]",
      "scatter_dims_to_operand_dims = [0]",
      `index_vector_dim = ${indexRank}`,
    ];
    const attributes = { scatter_dimension_numbers: `#stablehlo.scatter<${numbers.join(", ")}>` };
    const region = combiner("add", result.dtype);
    return generic("scatter", [zeros, indices!, updates!], attributes, results, region);
  },
  // An operation of CHLO, which is what JAX emits for lax.top_k. The values are left unused.
  topK: ({ operands: [x], results, attributes: { k } }) => {
    const [indices] = results as readonly [TensorType];
    const values = { dtype: x!.type.dtype, shape: indices.shape };
    const to = `(${tensorType(values)}, ${tensorType(indices)})`;
    return `chlo.top_k(${x!.name}, k = ${k}) : ${tensorType(x!.type)} -> ${to}`;
  },

  allReduce: ({ operands, results, replicas }) => {
    const region = combiner("add", results[0]!.dtype);
    return generic("all_reduce", operands, { replica_groups: everyone(replicas) }, results, region);
  },
  allGather: ({ operands, results, attributes: { dimension }, replicas }) => {
    const attributes = { all_gather_dim: `${dimension} : i64`, replica_groups: everyone(replicas) };
    return generic("all_gather", operands, attributes, results);
  },
  reduceScatter: ({ operands, results, attributes: { dimension }, replicas }) => {
    const attributes = { scatter_dimension: `${dimension} : i64`, replica_groups: everyone(replicas) };
    return generic("reduce_scatter", operands, attributes, results, combiner("add", results[0]!.dtype));
  },
  collectivePermute: ({ operands, results, attributes: { pairs } }) =>
    generic("collective_permute", operands, { source_target_pairs: i64Matrix(pairs) }, results),
  optimizationBarrier: ({ operands }) => {
    const types = operands.map(({ type }) => tensorType(type)).join(", ");
    return `stablehlo.optimization_barrier ${operands.map(({ name }) => name).join(", ")} : ${types}`;
  },
};
