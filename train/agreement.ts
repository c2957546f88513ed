/**
 * @file Whether TensorFlow.js and XLA compute the same training step: the same program, state and batch through both,
 * loss, parameters and state compared. Two implementations that nobody here wrote check the kernels and the printer.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Model } from "../src/models/model.js";
import type { Sharding } from "../src/program/trace.js";
import type { InputRole, Program } from "../src/program/types.js";
import { executeInXla, type ProgramRun } from "../src/stablehlo/execute.js";
import type { HostArray } from "../src/stablehlo/npz.js";
import { type XlaOptions, xlaVersions } from "../src/stablehlo/xla.js";
import { defaultHyperparameters } from "../src/transforms/optimizer.js";
import type { Plan } from "../src/transforms/plan.js";
import { traceTrainingStep } from "../src/transforms/trainingStep.js";
import { execute, prepare } from "./executor.js";
import { syntheticInputs } from "./synthetic.js";

/** For each replica an array for each output of a program. */
export type ReplicaOutputs = readonly (readonly HostArray[])[];

/** An output on both sides, over all replicas. */
export interface OutputAgreement {
  readonly name: string;
  /** `result` for the loss and the like; else of the input that the output replaces. */
  readonly role: InputRole | "result";
  /**
   * ‖a − b‖ beyond the last bit, over ‖b‖; where the output replaces an input, over the norm of the change. An
   * update may be so small beside what it updates that its own digits are lost in storing the sum.
   */
  readonly relativeDifference: number;
}

export interface Agreement {
  /** Losses of the first replica. */
  readonly losses: { readonly willfit: number; readonly xla: number };
  /** Largest difference first. */
  readonly outputs: readonly OutputAgreement[];
  readonly tolerances: typeof tolerances;
  readonly agrees: boolean;
}

/** What two orders of summation in f32 may make of a loss, and of an update. */
export const tolerances = { result: 1e-5, update: 1e-4 } as const;

/**
 * A step of `model` with made-up inputs for each replica.
 *
 * @param sharding of weights; what the plan says unless given
 */
export function syntheticRun(model: Model, plan: Plan, seed: number, sharding?: Sharding): ProgramRun {
  const program = traceTrainingStep(model, plan, defaultHyperparameters, sharding);
  const inputs = Array.from({ length: plan.devices }, (_, device) =>
    syntheticInputs(model, plan, program, { seed, device, state: "warm" }),
  );
  return { program, inputs };
}

/** A tensor of the active tfjs backend with these values; the caller's to dispose. */
export function toTensor({ values, shape }: HostArray): tf.Tensor {
  return tf.tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32");
}

/** Runs a program on the active tfjs backend, all replicas in lock step. */
export function executeInTfjs({ program, inputs }: ProgramRun): ReplicaOutputs {
  const executable = prepare(program);
  const tensors = inputs.map((replica) => replica.map(toTensor));
  const results = execute(executable, tensors);
  const outputs = results.map((replica) =>
    replica.map((tensor): HostArray => {
      const values = tensor.dataSync();
      return {
        shape: tensor.shape,
        values: values instanceof Int32Array ? values : Float32Array.from(values),
      };
    }),
  );
  tf.dispose(results);
  tf.dispose(tensors.flat().filter((tensor) => !tensor.isDisposed));
  executable.dispose();
  return outputs;
}

/** Relative distance of neighbouring f32 numbers. */
const LAST_BIT = 2 ** -23;

/** ‖a − b‖² over all replicas. */
function squaredDistance(a: readonly HostArray[], b: readonly HostArray[]): number {
  let total = 0;
  a.forEach(({ values }, replica) => {
    const others = b[replica]!.values;
    for (let i = 0; i < values.length; i++) total += (values[i]! - others[i]!) ** 2;
  });
  return total;
}

/** Compares what two sides made of the same inputs. */
export function compareOutputs(
  program: Program,
  inputs: ProgramRun["inputs"],
  ours: ReplicaOutputs,
  theirs: ReplicaOutputs,
): readonly OutputAgreement[] {
  return program.outputs.map(({ name, replaces }, i): OutputAgreement => {
    const a = ours.map((replica) => replica[i]!);
    const b = theirs.map((replica) => replica[i]!);
    const zeros = b.map(({ shape, values }) => ({ shape, values: new Float32Array(values.length) }));
    const before = replaces === undefined ? zeros : inputs.map((replica) => replica[replaces]!);
    // Both sides round what they store, and what they store may lie on two sides of a boundary.
    const rounding = LAST_BIT * Math.sqrt(squaredDistance(b, zeros));
    const distance = Math.max(0, Math.sqrt(squaredDistance(a, b)) - rounding);
    // A change of nothing must be one of nothing on both sides.
    const change = Math.sqrt(squaredDistance(b, before)) || Number.MIN_VALUE;
    const role = replaces === undefined ? "result" : program.inputs[replaces]!.role;
    return { name, role, relativeDifference: distance / change };
  });
}

/** Whether every difference is one that rounding makes; a NaN is none. */
export function withinTolerance(outputs: readonly OutputAgreement[]): boolean {
  return outputs.every(
    ({ role, relativeDifference }) =>
      relativeDifference <= (role === "result" ? tolerances.result : tolerances.update),
  );
}

/**
 * Inputs to try, one after the other. A rounding error may carry one of the many values across a ReLU's kink, and all
 * gradients before it then differ; that is chance, and other inputs do not show it. A program that is wrong is wrong
 * for all of them.
 */
export const seeds: readonly number[] = [1, 2, 3];

/**
 * One training step in TensorFlow.js and in XLA.
 *
 * @param plan with f32 activations: the host computes in nothing else
 * @throws UserError when Python or JAX is missing
 */
export async function stepAgreement(model: Model, plan: Plan, options: XlaOptions = {}): Promise<Agreement> {
  await xlaVersions("processor", options);
  let agreement: Agreement | undefined;
  for (const seed of seeds) {
    const run = syntheticRun(model, plan, seed);
    const ours = executeInTfjs(run);
    const [theirs] = (await executeInXla([run], options)) as readonly [ReplicaOutputs];
    const outputs = compareOutputs(run.program, run.inputs, ours, theirs);
    const loss = run.program.outputs.findIndex(({ name }) => name === "loss");
    agreement = {
      losses: { willfit: ours[0]![loss]!.values[0]!, xla: theirs[0]![loss]!.values[0]! },
      outputs: [...outputs].sort((a, b) => b.relativeDifference - a.relativeDifference),
      tolerances,
      agrees: withinTolerance(outputs),
    };
    if (agreement.agrees) break;
  }
  return agreement!;
}
