/**
 * @file Made-up inputs of a training step, for comparing and timing: a batch whose numbers are such as the model may
 * meet, and a state such as there is in the middle of a run.
 */
import seedrandom from "seedrandom";
import { type BatchInput, type BatchValues, batchInputs, type Model } from "../src/models/model.js";
import { elementCount, type Program, type ProgramInput, wholeShape } from "../src/program/types.js";
import type { HostArray } from "../src/stablehlo/npz.js";
import { batchPerDevice, type Plan } from "../src/transforms/plan.js";
import { initialValues, partOf, uniformNoise } from "./initialize.js";

/** Boxes are at least this part of the image's side, and at most this much more. */
const [SMALLEST_BOX, BOX_RANGE] = [1 / 8, 1 / 2];

/** One example's share of a batch input. */
function exampleValues(values: BatchValues, shape: readonly number[], random: () => number): number[] {
  const count = elementCount(shape);
  switch (values.kind) {
    case "uniform":
      return Array.from({ length: count }, () => 2 * random() - 1);
    case "integers":
      return Array.from(
        { length: count },
        () => values.from + Math.floor(random() * (values.below - values.from)),
      );
    case "one-hot": {
      const classes = shape.at(-1)!;
      const rows = Array.from({ length: count / classes }, () => Math.floor(random() * classes));
      return rows.flatMap((chosen) => Array.from({ length: classes }, (_, i) => (i === chosen ? 1 : 0)));
    }
    case "boxes":
      return Array.from({ length: count / 4 }, () => {
        const [[top, bottom], [left, right]] = [extent(values.side, random), extent(values.side, random)];
        return [top, left, bottom, right];
      }).flat();
  }
}

/** Where a box begins and ends along one side of the image, in pixels. */
function extent(side: number, random: () => number): readonly [number, number] {
  const size = (SMALLEST_BOX + BOX_RANGE * random()) * side;
  const from = random() * (side - size);
  return [from, from + size];
}

const hostArray = (dtype: string, shape: readonly number[], values: ArrayLike<number>): HostArray => ({
  shape,
  values: dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values),
});

export interface SyntheticOptions {
  readonly seed: number;
  /** Gets its own share of the global batch, and its own noise: those of its examples. */
  readonly device: number;
  /**
   * `initial`: as a run begins. `warm`: no weight is exactly zero and every moment is positive, so that gradients reach
   * everywhere and no update divides one rounding error by another, as Adam's first does where a gradient is zero.
   */
  readonly state: "initial" | "warm";
}

/**
 * The size of moments in the middle of a run: of AdamW's clipped gradients, of LION's, of ten or so of SGD's, of
 * Adafactor's steps, and of ten or so of RMSProp's, each of which has been divided by its own root mean square.
 */
const warmMoments: Readonly<Record<Plan["optimizer"], number>> = {
  adamw: 1e-2,
  adafactor: 1e-2,
  sgd: 1e-2,
  rmsprop: 1,
  lion: 1e-2,
};
/** Steps that a run in its middle has counted: Adafactor keeps nothing of its mean squares in the first. */
const WARM_STEP_COUNT = 1000;
/** What weights that begin as a constant (biases, scales, a head of zeros) have moved by. */
const WARM_STEP = 0.1;

/** All of a piece of state, of which each device may hold a part. */
function wholeStateValues(
  input: ProgramInput,
  type: Program["types"][number],
  optimizer: Plan["optimizer"],
  { seed, state }: SyntheticOptions,
): Float32Array {
  const count = elementCount(wholeShape(type.shape, input.shard));
  const { initializer, name, role } = input;
  const first = initialValues(initializer!, count, `${seed} ${name}`);
  const random = seedrandom(`${seed} warm ${name}`);
  if (state === "initial") return first;
  if (type.dtype === "i32") return first.fill(WARM_STEP_COUNT);
  if (role === "optimizer-state")
    return first.map((value) => value + warmMoments[optimizer] * (0.5 + random()));
  const moved = role === "parameter" && initializer!.kind === "constant";
  return moved ? first.map((value) => value + WARM_STEP * (2 * random() - 1)) : first;
}

function stateValues(
  input: ProgramInput,
  type: Program["types"][number],
  optimizer: Plan["optimizer"],
  options: SyntheticOptions,
): Float32Array {
  const values = wholeStateValues(input, type, optimizer, options);
  return input.shard ? partOf(values, type.shape, input.shard, options.device) : values;
}

/** A constant, small enough for every model. */
const LEARNING_RATE = 0.01;

/** One device's array for each input of its training step, in their order. */
export function syntheticInputs(
  model: Model,
  plan: Plan,
  program: Program,
  options: SyntheticOptions,
): readonly HostArray[] {
  const { seed, device } = options;
  const size = batchPerDevice(plan);
  const declared = new Map(batchInputs(model, size, plan.activations).map((input) => [input.name, input]));
  /** Rows of the global batch: what an example is does not depend on how many devices there are. */
  const rows = <T>(count: number, make: (row: number) => readonly T[]) =>
    Array.from({ length: count }, (_, i) => make(device * count + i)).flat();
  return program.inputs.map((input) => {
    const { name, role, value, initializer } = input;
    const type = program.types[value]!;
    const { shape, dtype } = type;
    if (initializer) return hostArray(dtype, shape, stateValues(input, type, plan.optimizer, options));
    const example = shape.slice(1);
    const seedOf = (row: number) => `${seed} ${name} ${row}`;
    if (role === "noise") {
      const draw = (row: number) => [...uniformNoise(elementCount(example), seedOf(row))];
      // Of a microbatch there are fewer rows than of the batch.
      return hostArray(dtype, shape, rows(shape[0]!, draw));
    }
    if (role === "schedule") return hostArray(dtype, shape, [LEARNING_RATE]);
    const { values }: BatchInput = declared.get(name)!;
    return hostArray(
      dtype,
      shape,
      rows(size, (row) => exampleValues(values, example, seedrandom(seedOf(row)))),
    );
  });
}
