/**
 * @file The trace: where a program is written down while the model's functions run. An operation is appended
 * the moment its function is called; nothing is computed.
 */

import { UserError } from "../units/userError.js";
import {
  byteSize,
  type DType,
  formatType,
  type Initializer,
  type InputRole,
  type OpAttributes,
  type Operation,
  type OpName,
  type Phase,
  type Program,
  type ProgramInput,
  type ProgramOutput,
  type Shard,
  shardShape,
  type TensorType,
  type ValueId,
} from "./types.js";

/** A value of a trace: what model functions take and return. */
export interface Tensor extends TensorType {
  /** Where it is written down. */
  readonly trace: Trace;
  /** Its number there. */
  readonly id: ValueId;
}

/** Operations `start` to `end` (exclusive) of a trace. */
export interface RematerializedRegion {
  readonly start: number;
  readonly end: number;
  /** Its copy begins only when the gradients of what it reads are there from the regions behind it. */
  readonly inTurn?: boolean;
  /** Regions inside it: what its copy does not keep either. */
  readonly within?: readonly RematerializedRegion[];
}

/**
 * The most operations of a program: a million take the simulator some 15 s and 1.5 GB. A model has 10,000 to 30,000, times its
 * microbatches.
 */
export const MOST_OPERATIONS = 1_000_000;

/** How weights are spread over the devices. */
export interface Sharding {
  /** How a weight of this shape is divided; undefined where every device holds all of it. */
  readonly shardOf: (shape: readonly number[]) => Shard | undefined;
  /** The whole weight. */
  readonly gather: (part: Tensor, shard: Shard) => Tensor;
}

/** Where a program is written down: what `tensor.trace` is for whoever declares parameters and names parts of a model. */
export class Trace {
  /** Devices that run the program together. */
  readonly replicas: number;
  readonly #sharding: Sharding | undefined;
  readonly #types: TensorType[] = [];
  readonly #knownTypes = new Map<string, TensorType>();
  readonly #inputs: ProgramInput[] = [];
  readonly #operations: Operation[] = [];
  readonly #outputs: ProgramOutput[] = [];
  /** The index of the input that a value is. */
  readonly #inputOf = new Map<ValueId, number>();
  /** The index of the output that replaces an input. */
  readonly #replacementOf = new Map<number, number>();
  readonly #inputNames = new Set<string>();
  readonly #regions: RematerializedRegion[] = [];
  #scope = "";
  #phase: Phase = "forward";
  #insideRegion = false;
  #weights: "parameter" | "frozen" = "parameter";
  readonly #detached = new Set<ValueId>();
  #insideDetached = false;

  /**
   * @param replicas number of devices that will run the program together (1 for no parallelism)
   * @param sharding of weights; every device holds all of them unless given
   */
  constructor(replicas = 1, sharding?: Sharding) {
    this.replicas = replicas;
    this.#sharding = sharding;
  }

  /** Those so far. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Regions that the backward pass computes again, in program order; they do not overlap. */
  get regions(): readonly RematerializedRegion[] {
    return this.#regions;
  }

  /** Those so far: parameters, state and the batch. */
  get inputs(): readonly ProgramInput[] {
    return this.#inputs;
  }

  /** Those so far. */
  get outputs(): readonly ProgramOutput[] {
    return this.#outputs;
  }

  /** Where in the model one is: `encoder/block3/attention`. */
  get scope(): string {
    return this.#scope;
  }

  /** The tensor that stands for an existing value. */
  tensor(id: ValueId): Tensor {
    const { dtype, shape } = this.#types[id]!;
    return { trace: this, id, dtype, shape };
  }

  /**
   * Declares an input. Parameters and state are named after the scope they are declared in
   * (`encoder/block0/attention/query/kernel`).
   *
   * @param shape of what this device holds: of its part when there is a `shard`
   * @throws Error when the name is taken: two layers under one scope would silently share weights
   */
  input(
    role: InputRole,
    name: string,
    dtype: DType,
    shape: readonly number[],
    initializer?: Initializer,
    shard?: Shard,
  ): Tensor {
    const path = this.#path(name);
    if (this.#inputNames.has(path)) throw new Error(`the program already has an input named "${path}"`);
    this.#inputNames.add(path);
    const value = this.#define({ dtype, shape });
    this.#inputOf.set(value, this.#inputs.length);
    this.#inputs.push({
      name: path,
      role,
      value,
      ...(initializer && { initializer }),
      ...(shard && { shard }),
    });
    return this.tensor(value);
  }

  /**
   * A trained f32 parameter under the current scope; one that is only read inside `frozen`. What is returned is all of it,
   * gathered from all devices where each holds a part.
   */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Tensor {
    const shard = this.#sharding?.shardOf(shape);
    if (!this.#sharding || !shard) return this.input(this.#weights, name, "f32", shape, initializer);
    const part = this.input(this.#weights, name, "f32", shardShape(shape, shard), initializer, shard);
    return this.#sharding.gather(part, shard);
  }

  /** Runs `body`, whose parameters are weights that training leaves as they are. */
  frozen<T>(body: () => T): T {
    const outer = this.#weights;
    this.#weights = "frozen";
    try {
      return body();
    } finally {
      this.#weights = outer;
    }
  }

  /** Declares a result of the program that does not replace an input: a loss, a metric. */
  output(name: string, value: Tensor): void {
    this.#outputs.push({ name, value: value.id });
  }

  /**
   * Declares that `value` is what the input `previous` holds in the next step; the buffer is donated. Of several values for
   * one input the last counts.
   */
  replaceInput(previous: Tensor, value: Tensor): void {
    const replaces = this.#inputOf.get(previous.id);
    if (replaces === undefined) throw new Error("only an input of the program can be replaced");
    const output = { name: this.#inputs[replaces]!.name, value: value.id, replaces };
    const known = this.#replacementOf.get(replaces);
    if (known === undefined) this.#replacementOf.set(replaces, this.#outputs.push(output) - 1);
    else this.#outputs[known] = output;
  }

  /** Appends an operation under the current scope and returns its results. */
  append<N extends OpName>(
    name: N,
    operands: readonly Tensor[],
    attributes: OpAttributes[N],
    resultTypes: readonly TensorType[],
  ): Tensor[] {
    for (const operand of operands) {
      if (operand.trace !== this) throw new Error(`${name}: an operand belongs to another trace`);
    }
    if (this.#operations.length >= MOST_OPERATIONS)
      throw new UserError(
        `the step is more than ${MOST_OPERATIONS.toLocaleString("en-US")} operations, the most that are simulated: fewer blocks (--depth) or --microbatches, or, with the chunked sigmoid loss, fewer --devices`,
      );
    const results = resultTypes.map((type) => this.#define(type));
    if (this.#insideDetached) for (const result of results) this.#detached.add(result);
    this.#operations.push({
      name,
      operands: operands.map((operand) => operand.id),
      attributes,
      results,
      scope: this.#scope,
      phase: this.#phase,
    } as Operation);
    return results.map((id) => this.tensor(id));
  }

  /** Runs `body`, through whose operations no gradient flows (jax.lax.stop_gradient of what it reads). */
  detached<T>(body: () => T): T {
    const outer = this.#insideDetached;
    this.#insideDetached = true;
    try {
      return body();
    } finally {
      this.#insideDetached = outer;
    }
  }

  /** Whether a value was computed inside `detached`. */
  isDetached(value: ValueId): boolean {
    return this.#detached.has(value);
  }

  /** Runs `body` with `name` appended to the scope. */
  scoped<T>(name: string, body: () => T): T {
    return this.at(this.#path(name), this.#phase, body);
  }

  /** Runs `body` under an absolute scope and phase: backward operations keep the scope of their forward. */
  at<T>(scope: string, phase: Phase, body: () => T): T {
    const [outerScope, outerPhase] = [this.#scope, this.#phase];
    this.#scope = scope;
    this.#phase = phase;
    try {
      return body();
    } finally {
      this.#scope = outerScope;
      this.#phase = outerPhase;
    }
  }

  /**
   * Runs `body`, whose values the backward pass will compute again from what the body reads instead of keeping
   * them (jax.checkpoint). A region inside another belongs to the outer one.
   *
   * @param options see `RematerializedRegion`
   */
  rematerialized<T>(body: () => T, { inTurn = false }: Pick<RematerializedRegion, "inTurn"> = {}): T {
    if (this.#insideRegion) return body();
    const start = this.#operations.length;
    this.#insideRegion = true;
    try {
      return body();
    } finally {
      this.#insideRegion = false;
      this.#regions.push({ start, end: this.#operations.length, inTurn });
    }
  }

  /**
   * Appends copies of operations, under their own scopes, that read other values instead of some.
   *
   * @param copyOf what each value becomes in the copies; those of the operations' results are added to it
   * @param phase of the copies; each one's own unless given
   */
  repeat(operations: readonly Operation[], copyOf: Map<ValueId, Tensor>, phase?: Phase): void {
    for (const operation of operations) {
      const operands = operation.operands.map((operand) => copyOf.get(operand) ?? this.tensor(operand));
      const results = this.#repeatOne(operation, operands, phase ?? operation.phase);
      operation.results.forEach((result, i) => {
        copyOf.set(result, results[i]!);
      });
    }
  }

  /** Appends a copy of an operation that reads other values, under its own scope. */
  #repeatOne(operation: Operation, operands: readonly Tensor[], phase: Phase): Tensor[] {
    const types = operation.results.map((result) => this.#types[result]!);
    const append = () => this.append(operation.name, operands, operation.attributes, types);
    const isDetached = operation.results.some((result) => this.#detached.has(result));
    return this.at(operation.scope, phase, () => (isDetached ? this.detached(append) : append()));
  }

  /** The finished program. */
  finish(name: string): Program {
    return {
      name,
      replicas: this.replicas,
      types: this.#types,
      inputs: this.#inputs,
      operations: this.#operations,
      outputs: this.#outputs,
    };
  }

  /** Equal types are one object: what was found out about one of them need not be found out again. */
  #define({ dtype, shape }: TensorType): ValueId {
    const key = `${dtype}${shape.join()}`;
    const known = this.#knownTypes.get(key);
    const type = known ?? { dtype, shape };
    if (!known) {
      // Beyond 2^53 a number of bytes would be rounded without a word.
      if (!Number.isSafeInteger(byteSize(type)))
        throw new UserError(
          `${this.#scope && `${this.#scope}: `}a tensor ${formatType(type)} has more than 8 PiB, the most that is counted exactly; make the batch or the model smaller`,
        );
      this.#knownTypes.set(key, type);
    }
    return this.#types.push(type) - 1;
  }

  #path(name: string): string {
    return this.#scope === "" ? name : `${this.#scope}/${name}`;
  }
}
