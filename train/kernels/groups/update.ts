/**
 * @file Updates of parameters, in place: TensorFlow's optimizer kernels read and write everything once. They work on
 * variables, which here live as long as one update: a variable takes its tensor's memory over, and gives it back.
 */
import * as tf from "@tensorflow/tfjs-core";
import { isWorthVariables } from "../../../src/program/hostPatterns/update.js";
import { kernel, kernelOf } from "../tensorflow.js";
import type { GroupKernel, GroupRun } from "./group.js";

/** TensorFlow's name for variables that have none (ResourceHandle::ANONYMOUS_NAME). */
const ANONYMOUS = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";

type Update = (variables: readonly tf.Tensor[]) => unknown;

/** Runs updates on variables that hold the tensors given, which are disposed; returns what they hold then. */
function inPlace(): (tensors: readonly tf.Tensor[], update: Update) => tf.Tensor[] {
  const create = kernel("VarHandleOp", {
    floatTypes: ["dtype"],
    strings: { shared_name: ANONYMOUS },
    shapes: { shape: [-1] },
  });
  const assign = kernelOf("AssignVariableOp", 0, { floatTypes: ["dtype"] });
  const read = kernel("ReadVariableOp", { floatTypes: ["dtype"] });
  // They go with their last handle, but in older versions of TensorFlow stay until they are told to go.
  const destroy = kernelOf("DestroyResourceOp", 0, { bools: { ignore_lookup_error: true } });
  return (tensors, update) => {
    const variables = tensors.map((tensor) => {
      const variable = create();
      assign(variable, tensor);
      // The memory is then the variable's alone, or, where someone else holds the tensor, TensorFlow copies it.
      tensor.dispose();
      return variable;
    });
    update(variables);
    return variables.map((variable) => {
      const tensor = read(variable);
      destroy(variable);
      return tensor;
    });
  };
}

function smallMomentumUpdate(momentum: number, decay: number | undefined): GroupRun {
  return (parameter, velocity, gradient, learningRate) => {
    const step = decay === undefined ? gradient! : tf.add(gradient!, tf.mul(parameter!, decay));
    const newVelocity = tf.add(tf.mul(velocity!, momentum), step);
    const newParameter = tf.sub(parameter!, tf.mul(learningRate!, newVelocity));
    tf.dispose(decay === undefined ? [parameter!, velocity!] : [parameter!, velocity!, gradient!]);
    return [newParameter, newVelocity];
  };
}

export const momentumUpdateKernel: GroupKernel = ({ constants, operands: [parameterType] }) => {
  const { momentum, decay } = constants;
  if (!isWorthVariables(parameterType!)) return smallMomentumUpdate(momentum!, decay);
  const run = inPlace();
  const subtract = kernelOf("ResourceApplyGradientDescent", 0, { floatTypes: ["T"] });
  const apply = kernelOf("ResourceApplyMomentum", 0, { floatTypes: ["T"] });
  return (parameter, velocity, gradient, learningRate) => {
    const share = tf.scalar(momentum!);
    const decayed = (variable: tf.Tensor) => subtract(variable, tf.scalar(-decay!), parameter!);
    const [step] = decay === undefined ? [gradient!] : run([gradient!], ([g]) => decayed(g!));
    return run([parameter!, velocity!], ([p, v]) => apply(p!, v!, learningRate!, step!, share));
  };
};

/** What scalars hold, read once: the updates of all parameters have them in common. */
const known = new WeakMap<tf.Tensor, number>();

function numberIn(scalar: tf.Tensor): number {
  const number = known.get(scalar) ?? scalar.dataSync()[0]!;
  known.set(scalar, number);
  return number;
}

/**
 * AdamW. The kernel corrects both moments' bias in its step size, so that its epsilon is added to the root of the
 * second moment as it is: it has to be made that much smaller. Decay first, by which the parameter shrinks, is the same.
 */
export const adamUpdateKernel: GroupKernel = ({ constants }) => {
  const { decay } = constants;
  const run = inPlace();
  const apply = kernelOf("ResourceApplyAdam", 0, { floatTypes: ["T"] });
  return (parameter, mean, meanSquare, gradient, learningRate, clip, correction1, correction2) => {
    const clipped = tf.mul(gradient!, clip!);
    let shrunk = parameter!;
    if (decay !== undefined) {
      shrunk = tf.mul(parameter!, 1 - decay * numberIn(learningRate!));
      parameter!.dispose();
    }
    const [kept1, kept2] = [numberIn(correction1!), numberIn(correction2!)];
    const epsilon = tf.scalar(constants.epsilon! * Math.sqrt(kept2));
    const [power1, power2] = [tf.scalar(1 - kept1), tf.scalar(1 - kept2)];
    const [beta1, beta2] = [tf.scalar(constants.beta1!), tf.scalar(constants.beta2!)];
    return run([shrunk, mean!, meanSquare!], ([p, m, v]) =>
      apply(p!, m!, v!, power1, power2, learningRate!, beta1, beta2, epsilon, clipped),
    );
  };
};
