/**
 * @file Every operation by its name. Fails to compile while an operation of `OpAttributes` is missing.
 */
import type { Operation, OpName, Program, TensorType } from "../program/types.js";
import {
  allGatherOp,
  allReduceOp,
  collectivePermuteOp,
  optimizationBarrierOp,
  reduceScatterOp,
} from "./collective.js";
import { constantOp, iotaOp, replicaIdOp } from "./constants.js";
import { convolutionInputGradientOp, convolutionKernelGradientOp, convolutionOp } from "./convolution.js";
import type { Cost, OpDefinition } from "./definition.js";
import { dotGeneralOp } from "./dot.js";
import { binaryOps, compareOp, selectOp, unaryOps } from "./elementwise.js";
import { gatherOp, scatterAddOp } from "./gather.js";
import { reduceOp, reduceWindowOp, selectAndScatterOp } from "./reduction.js";
import {
  broadcastInDimOp,
  concatenateOp,
  convertOp,
  padOp,
  reshapeOp,
  reverseOp,
  sliceOp,
  transposeOp,
} from "./shape.js";
import { topKOp } from "./topK.js";

export const operations: { readonly [N in OpName]: OpDefinition<N> } = {
  ...unaryOps,
  ...binaryOps,
  compare: compareOp,
  select: selectOp,
  constant: constantOp,
  iota: iotaOp,
  replicaId: replicaIdOp,
  convert: convertOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  broadcastInDim: broadcastInDimOp,
  slice: sliceOp,
  pad: padOp,
  concatenate: concatenateOp,
  reverse: reverseOp,
  reduce: reduceOp,
  reduceWindow: reduceWindowOp,
  selectAndScatter: selectAndScatterOp,
  dotGeneral: dotGeneralOp,
  convolution: convolutionOp,
  convolutionInputGradient: convolutionInputGradientOp,
  convolutionKernelGradient: convolutionKernelGradientOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
  topK: topKOp,
  allReduce: allReduceOp,
  allGather: allGatherOp,
  reduceScatter: reduceScatterOp,
  collectivePermute: collectivePermuteOp,
  optimizationBarrier: optimizationBarrierOp,
};

/** The definition of an operation, with the attribute type forgotten: the pair came from one name. */
export function definitionOf(operation: Operation): OpDefinition<OpName> {
  return operations[operation.name] as OpDefinition<OpName>;
}

/** What an operation of `program` costs. */
export function costOf(program: Program, operation: Operation): Cost {
  const typesOf = (values: readonly number[]): TensorType[] => values.map((value) => program.types[value]!);
  return definitionOf(operation).cost(
    typesOf(operation.operands),
    typesOf(operation.results),
    operation.attributes,
  );
}
