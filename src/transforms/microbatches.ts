/**
 * @file Microbatches: a device's share of the batch, worked through in parts so that the values of one part at a time are kept.
 * The first part is traced; the others are copies of its operations that read another slice of the batch.
 */
import type { Embeddings } from "../models/model.js";
import { optimizationBarrier } from "../ops/collective.js";
import { add } from "../ops/elementwise.js";
import { concatenate, sliceDimension } from "../ops/shape.js";
import { MOST_OPERATIONS, type Tensor, type Trace } from "../program/trace.js";
import type { Operation, ProgramInput, ProgramOutput, ValueId } from "../program/types.js";
import { UserError } from "../units/userError.js";
import { weightShards } from "./sharding.js";

type NamedTensors = ReadonlyMap<string, Tensor>;

/** What one microbatch has added to the trace. */
interface Recording {
  readonly operations: readonly Operation[];
  readonly noise: readonly ProgramInput[];
  /** Model state that it has replaced. */
  readonly state: readonly ProgramOutput[];
}

function record<T>(trace: Trace, body: () => T): { readonly result: T; readonly recording: Recording } {
  const { length: start } = trace.operations;
  const { length: firstInput } = trace.inputs;
  const { length: firstOutput } = trace.outputs;
  const result = body();
  const recording = {
    operations: trace.operations.slice(start),
    noise: trace.inputs.slice(firstInput).filter(({ role }) => role === "noise"),
    state: trace.outputs.slice(firstOutput).filter(({ replaces }) => replaces !== undefined),
  };
  return { result, recording };
}

/** @throws UserError when so many copies would be too long a program */
function checkCount({ operations }: Recording, count: number): void {
  const most = Math.max(1, Math.floor(MOST_OPERATIONS / operations.length));
  if (count <= most) return;
  const each = operations.length.toLocaleString("en-US");
  throw new UserError(
    `--microbatches ${count}: each is ${each} operations here, and ${MOST_OPERATIONS.toLocaleString("en-US")} are the most that are simulated; at most ${most}`,
  );
}

/** Writes a recording down again for microbatch `index`: with noise of its own, and going on from the last one's state. */
function repeatRecording(
  trace: Trace,
  { operations, noise, state }: Recording,
  index: number,
  copyOf: Map<ValueId, Tensor>,
): void {
  for (const { name, value } of noise) {
    const { dtype, shape } = trace.tensor(value);
    copyOf.set(
      value,
      trace.at("", "forward", () => trace.input("noise", `${name}${index}`, dtype, shape)),
    );
  }
  const stateInput = ({ replaces }: ProgramOutput) => trace.inputs[replaces!]!.value;
  for (const output of state) {
    const current = trace.outputs.find(({ replaces }) => replaces === output.replaces)!;
    copyOf.set(stateInput(output), trace.tensor(current.value));
  }
  trace.repeat(operations, copyOf);
  for (const output of state) trace.replaceInput(trace.tensor(stateInput(output)), copyOf.get(output.value)!);
}

/** The slice of each tensor of the batch that is microbatch `index` of `count`. */
function microbatch(trace: Trace, batch: NamedTensors, index: number, count: number): NamedTensors {
  return trace.at("microbatch", "forward", () => {
    const slices = [...batch].map(([name, tensor]) => {
      const size = tensor.shape[0]! / count;
      return [name, sliceDimension(tensor, 0, index * size, (index + 1) * size)] as const;
    });
    return new Map(slices);
  });
}

/** What the slices of another microbatch stand for, and the parts of weights that it gathers. */
function replacing(
  first: NamedTensors,
  other: NamedTensors,
  shards: readonly Tensor[],
  released: readonly Tensor[],
): Map<ValueId, Tensor> {
  return new Map([
    ...[...first].map(([name, { id }]) => [id, other.get(name)!] as const),
    ...shards.map(({ id }, i) => [id, released[i]!] as const),
  ]);
}

/**
 * Adds up what `step` returns for each microbatch. Behind a barrier, so that no microbatch begins before the one before it has
 * ended, and gathers weights of which a device holds a part anew.
 *
 * @param batch tensors with a device's examples along their first dimension, which `count` divides
 */
export function accumulated(
  trace: Trace,
  batch: NamedTensors,
  count: number,
  step: (microbatch: NamedTensors) => readonly Tensor[],
): readonly Tensor[] {
  const first = microbatch(trace, batch, 0, count);
  const { result, recording } = record(trace, () => step(first));
  checkCount(recording, count);
  const names = [...batch.keys()];
  const shards = weightShards(trace);
  let rest = batch;
  let parts = shards;
  let sums = result;
  for (let index = 1; index < count; index++) {
    const released = trace.at("microbatch", "backward", () =>
      optimizationBarrier([...rest.values(), ...parts, ...sums]),
    );
    rest = new Map(names.map((name, i) => [name, released[i]!]));
    parts = released.slice(names.length, names.length + shards.length);
    sums = released.slice(names.length + shards.length);
    const copyOf = replacing(first, microbatch(trace, rest, index, count), shards, parts);
    repeatRecording(trace, recording, index, copyOf);
    const added = sums.map((sum, i) => [sum, copyOf.get(result[i]!.id) ?? result[i]!] as const);
    sums = trace.at("microbatch", "backward", () => added.map(([sum, next]) => add(sum, next)));
  }
  return sums;
}

/**
 * Embeddings of the whole batch, one microbatch after the other, each to be computed again in the backward pass: what is kept for
 * it are the embeddings (gradient caching, arXiv 2101.06983; BASIC, arXiv 2111.10050).
 */
export function embeddedInParts(
  trace: Trace,
  batch: NamedTensors,
  count: number,
  embed: (microbatch: NamedTensors) => Embeddings,
): Embeddings {
  if (count === 1) return embed(batch);
  const inTurn = { inTurn: true };
  // Slices are cut inside the region: what is kept for the backward pass is the batch, which is there anyway.
  const { first, result, recording } = trace.rematerialized(() => {
    const slices = microbatch(trace, batch, 0, count);
    return { first: slices, ...record(trace, () => embed(slices)) };
  }, inTurn);
  checkCount(recording, count);
  const names = [...batch.keys()];
  const shards = weightShards(trace);
  let rest = batch;
  let parts = shards;
  let [images, texts] = [[result.image], [result.text]];
  for (let index = 1; index < count; index++) {
    const released = trace.at("microbatch", "forward", () =>
      optimizationBarrier([...rest.values(), ...parts, images.at(-1)!, texts.at(-1)!]),
    );
    rest = new Map(names.map((name, i) => [name, released[i]!]));
    parts = released.slice(names.length, names.length + shards.length);
    const [image, text] = released.slice(names.length + shards.length) as [Tensor, Tensor];
    const [left, held] = [rest, parts];
    const copyOf = trace.rematerialized(() => {
      const copies = replacing(first, microbatch(trace, left, index, count), shards, held);
      repeatRecording(trace, recording, index, copies);
      return copies;
    }, inTurn);
    images = [...images.slice(0, -1), image, copyOf.get(result.image.id)!];
    texts = [...texts.slice(0, -1), text, copyOf.get(result.text.id)!];
  }
  return trace.scoped("loss", () => ({
    ...result,
    image: concatenate(images, 0),
    text: concatenate(texts, 0),
  }));
}
