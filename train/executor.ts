/**
 * @file Runs a program on tfjs, operation by operation, freeing every tensor at its last use. Several replicas
 * run in lock step in one process, so that data parallelism can be checked without devices.
 */
import * as tf from "@tensorflow/tfjs-core";
import { donatedInputs } from "../src/program/hostMemory.js";
import { hostStorage } from "../src/program/hostStorage.js";
import { liveness } from "../src/program/liveness.js";
import type { Operation, OpName, Program, ValueId } from "../src/program/types.js";
import { type Exchange, exchangeOf } from "./collectives.js";
import type { Kernel, KernelContext, Run } from "./kernels/kernel.js";
import { type KernelOpName, kernels } from "./kernels/table.js";

type Values = (tf.Tensor | undefined)[];

/** One operation, ready to run: on each replica by itself, or on all of them together. */
interface Step {
  readonly operation: Operation;
  readonly run: (replicas: readonly Values[]) => void;
  readonly dying: readonly ValueId[];
}

/** A program with its kernels chosen and its constants made. Holds tensors until `dispose` is called. */
export interface Executable {
  readonly program: Program;
  readonly steps: readonly Step[];
  readonly constants: ReadonlyMap<ValueId, tf.Tensor>;
  readonly dispose: () => void;
}

export interface ExecutionOptions {
  /** Called after each operation, while its operands are still there. */
  readonly onOperation?: (operation: Operation, index: number) => void;
}

/** Chooses kernels for the active backend and makes the constants. */
export function prepare(program: Program): Executable {
  const storage = hostStorage(program);
  const { diesAfter } = liveness(program, donatedInputs(program));
  const constants = new Map<ValueId, tf.Tensor>();
  const contextOf = (operation: Operation): KernelContext<OpName> => ({
    attributes: operation.attributes,
    operands: operation.operands.map((operand) => program.types[operand]!),
    results: operation.results.map((result) => program.types[result]!),
    storedShape: storage.shapes[operation.results[0]!]!,
  });

  const steps: Step[] = [];
  /** What dies with the next step: constants, made above, have none of their own. */
  let dying: ValueId[] = [];
  program.operations.forEach((operation, index) => {
    const [result] = operation.results;
    const shared = storage.sharedWith.get(result!);
    if (shared !== undefined) {
      const tensor = constants.get(shared) ?? tf.tidy(() => kernelOf(operation)(contextOf(operation))());
      constants.set(shared, tensor);
      constants.set(result!, tensor);
    }
    dying.push(...diesAfter[index]!.filter((value) => !constants.has(value)));
    if (shared !== undefined) return;
    steps.push({ operation, run: stepOf(operation, contextOf), dying });
    dying = [];
  });
  const dispose = () => {
    for (const tensor of new Set(constants.values())) tensor.dispose();
  };
  return { program, steps, constants, dispose };
}

/** The kernel of an operation, with its attribute type forgotten: both come from the one name. */
function kernelOf(operation: Operation): Kernel<OpName> {
  return kernels[operation.name as KernelOpName] as Kernel<OpName>;
}

function stepOf(
  operation: Operation,
  contextOf: (operation: Operation) => KernelContext<OpName>,
): Step["run"] {
  const { operands, results } = operation;
  const [result] = results as readonly [ValueId];
  const exchange = exchangeOf(operation);
  if (exchange) return (replicas) => exchangeStep(exchange, operands[0]!, result, replicas);
  if (operation.name === "replicaId") {
    return (replicas) => {
      replicas.forEach((values, device) => {
        values[result] = tf.scalar(device, "int32");
      });
    };
  }
  if (operation.name === "optimizationBarrier") {
    return (replicas) => {
      for (const values of replicas) {
        for (const [i, value] of results.entries()) values[value] = tf.clone(values[operands[i]!]!);
      }
    };
  }
  const run: Run = kernelOf(operation)(contextOf(operation));
  return (replicas) => {
    for (const values of replicas) {
      values[result] = tf.tidy(() => run(...operands.map((operand) => values[operand]!)));
    }
  };
}

function exchangeStep(
  exchange: Exchange,
  operand: ValueId,
  result: ValueId,
  replicas: readonly Values[],
): void {
  const results = tf.tidy(() => exchange(replicas.map((values) => values[operand]!)));
  replicas.forEach((values, device) => {
    values[result] = results[device]!;
  });
}

/**
 * Runs an executable once.
 *
 * @param inputs for each replica a tensor for each input of the program. Inputs that the program replaces, the
 *   batch and schedule scalars are consumed: disposed after their last use. The others stay the caller's.
 * @returns for each replica a tensor for each output of the program, the caller's to dispose
 */
export function execute(
  { program, steps, constants }: Executable,
  inputs: readonly (readonly tf.Tensor[])[],
  { onOperation }: ExecutionOptions = {},
): tf.Tensor[][] {
  const replicas = inputs.map((tensors): Values => {
    const values: Values = new Array(program.types.length);
    for (const [value, tensor] of constants) values[value] = tensor;
    program.inputs.forEach(({ value }, i) => {
      values[value] = tensors[i];
    });
    return values;
  });
  steps.forEach(({ operation, run, dying }, index) => {
    run(replicas);
    onOperation?.(operation, index);
    for (const values of replicas) {
      for (const value of dying) {
        values[value]!.dispose();
        values[value] = undefined;
      }
    }
  });
  return replicas.map((values) => program.outputs.map(({ value }) => values[value]!));
}
