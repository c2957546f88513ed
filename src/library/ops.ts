/** @file The operations that layers are made of, as the namespace `ops`, with StableHLO's names and semantics. */
export { constant, fullLike, iota } from "../ops/constants.js";
export { type ConvolutionGeometry, convolution } from "../ops/convolution.js";
export { type DotDimensions, dotGeneral, einsum } from "../ops/dot.js";
export {
  abs,
  add,
  type CompareDirection,
  compare,
  cosine,
  divide,
  exponential,
  log,
  logistic,
  logPlusOne,
  maximum,
  minimum,
  multiply,
  negate,
  power,
  rsqrt,
  scale,
  select,
  sign,
  sine,
  sqrt,
  subtract,
  tanh,
} from "../ops/elementwise.js";
export { gather } from "../ops/gather.js";
export { mean, type Reducer, reduce, reduceWindow, type Window } from "../ops/reduction.js";
export {
  broadcastInDim,
  broadcastTrailing,
  concatenate,
  convert,
  type PadDimension,
  pad,
  reshape,
  reverse,
  slice,
  sliceDimension,
  transpose,
} from "../ops/shape.js";
export { topK } from "../ops/topK.js";
