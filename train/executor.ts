/**
 * @file Runs a program on tfjs, step by step, freeing every tensor at its last use. A step is an operation, or, on
 * TensorFlow, a group of them. Several replicas run in lock step in one process, so that data parallelism can be checked
 * without devices.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { HostGroup, HostStep } from "../src/program/hostGroups.js";
import { hostProgram } from "../src/program/hostMemory.js";
import type { Operation, OpName, Program, ValueId } from "../src/program/types.js";
import { type Exchange, exchangeOf } from "./collectives.js";
import { groupKernels } from "./kernels/groups/table.js";
import type { Kernel, KernelContext, Run } from "./kernels/kernel.js";
import { type KernelOpName, kernels } from "./kernels/table.js";
import { isTensorFlow } from "./kernels/tensorflow.js";

type Values = (tf.Tensor | undefined)[];

/** One step, ready to run: on each replica by itself, or on all of them together. */
interface Step {
  readonly step: HostStep;
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
  /** Called after each step, while those of its operands are still there that it does not consume. */
  readonly onOperation?: (step: HostStep, index: number) => void;
}

export interface PrepareOptions {
  /** Whether groups are run as such, for which the backend must be TensorFlow's: they are where it is, unless given. */
  readonly grouped?: boolean;
}

/** Chooses kernels for the active backend and makes the constants. */
export function prepare(program: Program, { grouped = isTensorFlow() }: PrepareOptions = {}): Executable {
  const { steps: hostSteps, storage, diesAfter } = hostProgram(program, grouped);
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
  hostSteps.forEach((step, index) => {
    const { operation, group } = step;
    const [result] = step.results;
    const shared = storage.sharedWith.get(result!);
    if (operation && shared !== undefined) {
      const tensor = constants.get(shared) ?? tf.tidy(() => kernelOf(operation)(contextOf(operation))());
      constants.set(shared, tensor);
      constants.set(result!, tensor);
    }
    dying.push(...diesAfter[index]!.filter((value) => !constants.has(value)));
    if (shared !== undefined) return;
    const run = operation ? stepOf(operation, contextOf) : groupStepOf(group!, program);
    steps.push({ step, run, dying });
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

function groupStepOf(group: HostGroup, program: Program): Step["run"] {
  const { name, operands, results, constants, inside } = group;
  const run = groupKernels[name]({
    constants,
    inside,
    operands: operands.map((operand) => program.types[operand]!),
    results: results.map((result) => program.types[result]!),
  });
  return (replicas) => {
    for (const values of replicas) {
      const tensors = tf.tidy(() => run(...operands.map((operand) => values[operand]!)));
      for (const [i, value] of results.entries()) values[value] = tensors[i]!;
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
  steps.forEach(({ step, run, dying }, index) => {
    run(replicas);
    onOperation?.(step, index);
    for (const values of replicas) {
      for (const value of dying) {
        values[value]!.dispose();
        values[value] = undefined;
      }
    }
  });
  return replicas.map((values) => program.outputs.map(({ value }) => values[value]!));
}
