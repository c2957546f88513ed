/**
 * @file Collectives between the replicas that one process runs in lock step: the values of all of them are at hand.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { OpAttributes, Operation } from "../src/program/types.js";

/** One operand of each replica to one result of each. */
export type Exchange = (operands: readonly tf.Tensor[]) => tf.Tensor[];

const copies = (operands: readonly tf.Tensor[], value: tf.Tensor) => operands.map(() => tf.clone(value));

function permute(pairs: OpAttributes["collectivePermute"]["pairs"]): Exchange {
  return (operands) =>
    operands.map((operand, device) => {
      const pair = pairs.find(([, target]) => target === device);
      // A device that nobody sends to gets zeros: StableHLO's collective_permute.
      return pair ? tf.clone(operands[pair[0]]!) : tf.zerosLike(operand);
    });
}

/** How the replicas exchange in `operation`; undefined when it is no collective. */
export function exchangeOf(operation: Operation): Exchange | undefined {
  switch (operation.name) {
    case "allReduce":
      return (operands) => copies(operands, tf.addN([...operands]));
    case "allGather": {
      const { dimension } = operation.attributes;
      return (operands) => copies(operands, tf.concat([...operands], dimension));
    }
    case "reduceScatter": {
      const { dimension } = operation.attributes;
      return (operands) => tf.split(tf.addN([...operands]), operands.length, dimension);
    }
    case "collectivePermute":
      return permute(operation.attributes.pairs);
    default:
      return undefined;
  }
}
