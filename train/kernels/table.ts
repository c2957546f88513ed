/**
 * @file The kernel of every operation but those that exchange between devices, which the executor runs itself.
 * Fails to compile while an operation is missing.
 */
import type { OpName } from "../../src/program/types.js";
import {
  convolutionInputGradientKernel,
  convolutionKernel,
  convolutionKernelGradientKernel,
} from "./convolution.js";
import { dotGeneralKernel } from "./dot.js";
import {
  binaryKernels,
  compareKernel,
  constantKernel,
  iotaKernel,
  selectKernel,
  unaryKernels,
} from "./elementwise.js";
import type { Kernel } from "./kernel.js";
import { reduceKernel, reduceWindowKernel, selectAndScatterKernel } from "./reduction.js";
import {
  broadcastInDimKernel,
  concatenateKernel,
  convertKernel,
  gatherKernel,
  padKernel,
  reshapeKernel,
  reverseKernel,
  scatterAddKernel,
  sliceKernel,
  topKKernel,
  transposeKernel,
} from "./shape.js";

/** Operations that need all devices at once, or (barrier) several results. */
type ExecutorOpName =
  | "allReduce"
  | "allGather"
  | "reduceScatter"
  | "collectivePermute"
  | "replicaId"
  | "optimizationBarrier";

export type KernelOpName = Exclude<OpName, ExecutorOpName>;

export const kernels: { readonly [N in KernelOpName]: Kernel<N> } = {
  ...unaryKernels,
  ...binaryKernels,
  compare: compareKernel,
  select: selectKernel,
  constant: constantKernel,
  iota: iotaKernel,
  convert: convertKernel,
  reshape: reshapeKernel,
  transpose: transposeKernel,
  broadcastInDim: broadcastInDimKernel,
  slice: sliceKernel,
  pad: padKernel,
  concatenate: concatenateKernel,
  reverse: reverseKernel,
  reduce: reduceKernel,
  reduceWindow: reduceWindowKernel,
  selectAndScatter: selectAndScatterKernel,
  dotGeneral: dotGeneralKernel,
  convolution: convolutionKernel,
  convolutionInputGradient: convolutionInputGradientKernel,
  convolutionKernelGradient: convolutionKernelGradientKernel,
  gather: gatherKernel,
  scatterAdd: scatterAddKernel,
  topK: topKKernel,
};
