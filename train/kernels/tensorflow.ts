/** @file Calls TensorFlow's own kernels by name, through the backend of tfjs-node: also those that tfjs has no operation for. */
import * as tf from "@tensorflow/tfjs-core";

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

const bindingNumbers = [
  "TF_FLOAT",
  "TF_ATTR_TYPE",
  "TF_ATTR_BOOL",
  "TF_ATTR_INT",
  "TF_ATTR_FLOAT",
  "TF_ATTR_STRING",
  "TF_ATTR_SHAPE",
] as const;

/** What is used of tfjs-node's backend. */
interface Backend {
  readonly binding: Readonly<Record<(typeof bindingNumbers)[number], number>>;
  executeSingleOutput(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** A kernel's attributes by name. Types of elements, which are f32 always, go by their names alone. */
export interface KernelAttributes {
  readonly floatTypes?: readonly string[];
  readonly bools?: Readonly<Record<string, boolean>>;
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly strings?: Readonly<Record<string, string>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

const backend = () => tf.backend() as unknown as Backend;

/** Whether the active backend is TensorFlow's. */
export const isTensorFlow = (): boolean => tf.getBackend() === "tensorflow";

function attributeList(attributes: KernelAttributes): readonly Attribute[] {
  const { binding } = backend();
  const { floatTypes = [], bools = {}, ints = {}, floats = {}, strings = {}, shapes = {} } = attributes;
  const listed = (type: number, values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([name, value]) => ({ name, type, value }));
  return [
    ...floatTypes.map((name) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT })),
    ...listed(binding.TF_ATTR_BOOL, bools),
    ...listed(binding.TF_ATTR_INT, ints),
    ...listed(binding.TF_ATTR_FLOAT, floats),
    ...listed(binding.TF_ATTR_STRING, strings),
    ...listed(binding.TF_ATTR_SHAPE, shapes),
  ];
}

/** A kernel with one result; `T` is its element type unless `attributes` says otherwise. */
export function kernel(
  name: string,
  attributes: KernelAttributes = { floatTypes: ["T"] },
): (...inputs: readonly tf.Tensor[]) => tf.Tensor {
  const list = attributeList(attributes);
  return (...inputs) => backend().executeSingleOutput(name, list, inputs);
}

/** A kernel with any number of results. */
export function kernelOf(
  name: string,
  results: number,
  attributes: KernelAttributes,
): (...inputs: readonly tf.Tensor[]) => tf.Tensor[] {
  const list = attributeList(attributes);
  return (...inputs) => backend().executeMultipleOutputs(name, list, inputs, results);
}
