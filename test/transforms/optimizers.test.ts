/**
 * @file Three updates of each optimizer, run on TensorFlow.js, against the published rules written plainly in doubles.
 */
import * as tf from "@tensorflow/tfjs-core";
import seedrandom from "seedrandom";
import { beforeAll, expect, it } from "vitest";
import { Trace } from "../../src/program/trace.js";
import { elementCount } from "../../src/program/types.js";
import { averageName } from "../../src/transforms/average.js";
import { applyOptimizer, defaultHyperparameters } from "../../src/transforms/optimizer.js";
import { optimizers, type Plan } from "../../src/transforms/plan.js";
import { loadBackend } from "../../train/backend.js";
import { execute, prepare } from "../../train/executor.js";
import { initialValues } from "../../train/initialize.js";

const STEPS = 3;
const LEARNING_RATE = 0.05;
const hyper = { ...defaultHyperparameters, weightDecay: 0.1 };

/** Kernels decay and biases do not; Adafactor factors the first two, along different dimensions. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  "wide/kernel": [32, 48],
  "heads/kernel": [40, 2, 33],
  "narrow/kernel": [8, 64],
  "narrow/bias": [64],
  temperature: [],
};

beforeAll(async () => {
  await loadBackend();
});

const values = (count: number, seed: string): number[] => {
  const random = seedrandom(seed);
  return Array.from({ length: count }, () => 2 * random() - 1);
};
const gradientsOf = (step: number) =>
  Object.entries(shapes).map(([name, shape]) => values(elementCount(shape), `gradient ${step} ${name}`));

/** Parameters after some updates by the program, and their moving averages where they are kept. */
function programUpdates(optimizer: Plan["optimizer"], steps = STEPS, ema = 0): Updated {
  const trace = new Trace(1);
  for (const [name, shape] of Object.entries(shapes))
    trace.parameter(name, shape, { kind: "constant", value: 0.5 });
  const gradients = Object.entries(shapes).map(([name, shape]) =>
    trace.input("batch", `gradient/${name}`, "f32", shape),
  );
  applyOptimizer(trace, gradients, { optimizer, momentumDtype: "f32", ema }, hyper);
  const program = trace.finish(optimizer);
  const executable = prepare(program);
  const tensorOf = (i: number, numbers: ArrayLike<number>) => {
    const { dtype, shape } = program.types[program.inputs[i]!.value]!;
    return tf.tensor(Array.from(numbers), [...shape], dtype === "i32" ? "int32" : "float32");
  };
  let state = new Map<number, tf.Tensor>();
  for (let step = 0; step < steps; step++) {
    const fresh = gradientsOf(step);
    const inputs = program.inputs.map(({ role, initializer, value }, i) => {
      if (role === "schedule") return tensorOf(i, [LEARNING_RATE]);
      if (role === "batch") return tensorOf(i, fresh.shift()!);
      const count = elementCount(program.types[value]!.shape);
      return state.get(i) ?? tensorOf(i, initialValues(initializer!, count, ""));
    });
    const [outputs] = execute(executable, [inputs]);
    state = new Map(
      program.outputs.flatMap(({ replaces }, i) =>
        replaces === undefined ? [] : [[replaces, outputs![i]!]],
      ),
    );
  }
  const named = (name: string) => {
    const input = program.inputs.findIndex((it) => it.name === name);
    return input < 0 ? [] : [...state.get(input)!.dataSync()];
  };
  return {
    parameters: Object.keys(shapes).map(named),
    averages: Object.keys(shapes).map((name) => named(averageName(name))),
  };
}

interface Updated {
  readonly parameters: readonly (readonly number[])[];
  readonly averages: readonly (readonly number[])[];
}

/** What a rule is told of one parameter: its gradient before and after the clip, its value, the number of the step. */
interface Update {
  readonly shape: readonly number[];
  readonly gradient: readonly number[];
  readonly clipped: readonly number[];
  readonly parameter: readonly number[];
  /** 0 for what does not decay. */
  readonly decay: number;
  readonly step: number;
  /** State by name; zeros at first. */
  readonly state: Map<string, number[]>;
}

function average(
  state: Map<string, number[]>,
  name: string,
  next: readonly number[],
  kept: number,
  from = 0,
) {
  const old = state.get(name) ?? next.map(() => from);
  const average = next.map((value, i) => kept * old[i]! + (1 - kept) * value);
  state.set(name, average);
  return average;
}

function accumulate(state: Map<string, number[]>, next: readonly number[], kept: number) {
  const old = state.get("velocity") ?? next.map(() => 0);
  const velocity = next.map((value, i) => kept * old[i]! + value);
  state.set("velocity", velocity);
  return velocity;
}

const square = (numbers: readonly number[]) => numbers.map((x) => x * x);
const meanOf = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Means of a tensor over one of its dimensions, and for every element where its mean stands. */
function meansOver(numbers: readonly number[], shape: readonly number[], dimension: number) {
  const inner = elementCount(shape.slice(dimension + 1));
  const size = shape[dimension]!;
  const place = numbers.map((_, i) => Math.floor(i / (inner * size)) * inner + (i % inner));
  const groups: number[][] = [];
  place.forEach((at, i) => {
    groups[at] = [...(groups[at] ?? []), numbers[i]!];
  });
  return { means: groups.map(meanOf), place };
}

/** Adafactor's estimate of the mean square, by arXiv 1804.04235, algorithm 4, over the two largest dimensions. */
function factoredSquare({ shape, clipped, state }: Update, kept: number): number[] {
  const squares = square(clipped).map((x) => x + 1e-30);
  const [second, first] = shape
    .map((size, d) => ({ size, d }))
    .sort((a, b) => a.size - b.size)
    .slice(-2);
  if (!second || !first || second.size < 32) return average(state, "v", squares, kept);
  const [rows, columns] = [meansOver(squares, shape, first.d), meansOver(squares, shape, second.d)];
  const row = average(state, "row", rows.means, kept);
  const column = average(state, "column", columns.means, kept);
  // The mean of the rows, along what is left of the second dimension.
  const rowShape = shape.filter((_, d) => d !== first.d);
  const overall = meansOver(row, rowShape, second.d > first.d ? second.d - 1 : second.d);
  return squares.map((_, i) => {
    const r = rows.place[i]!;
    return (row[r]! * column[columns.place[i]!]!) / overall.means[overall.place[r]!]!;
  });
}

const rules: Readonly<Record<Plan["optimizer"], (update: Update) => readonly number[]>> = {
  adamw: ({ clipped, parameter, decay, step, state }) => {
    const mean = average(state, "mean", clipped, 0.9);
    const variance = average(state, "square", square(clipped), 0.999);
    return mean.map((m, i) => {
      const root = Math.sqrt(variance[i]! / (1 - 0.999 ** step));
      return m / (1 - 0.9 ** step) / (root + 1e-8) + decay * parameter[i]!;
    });
  },
  adafactor: (update) => {
    const kept = Math.min(0.999, 1 - update.step ** -0.8);
    const variance = factoredSquare(update, kept);
    const normalized = update.clipped.map((g, i) => g / Math.sqrt(variance[i]!));
    const mean = average(update.state, "mean", normalized, 0.9);
    return mean.map((m, i) => m + update.decay * update.parameter[i]!);
  },
  sgd: ({ gradient, parameter, decay, state }) =>
    accumulate(
      state,
      gradient.map((g, i) => g + decay * parameter[i]!),
      0.9,
    ),
  rmsprop: ({ gradient, parameter, decay, state }) => {
    const decayed = gradient.map((g, i) => g + decay * parameter[i]!);
    const variance = average(state, "square", square(decayed), 0.9, 1);
    return accumulate(
      state,
      decayed.map((g, i) => g / Math.sqrt(variance[i]! + 1e-3)),
      0.9,
    );
  },
  lion: ({ gradient, parameter, decay, state }) => {
    const old = state.get("mean") ?? gradient.map(() => 0);
    average(state, "mean", gradient, 0.99);
    return gradient.map((g, i) => Math.sign(0.9 * old[i]! + 0.1 * g) + decay * parameter[i]!);
  },
};

function plainUpdates(optimizer: Plan["optimizer"]): readonly (readonly number[])[] {
  const states = Object.keys(shapes).map(() => new Map<string, number[]>());
  let parameters = Object.values(shapes).map((shape) =>
    Array.from({ length: elementCount(shape) }, () => 0.5),
  );
  for (let step = 1; step <= STEPS; step++) {
    const gradients = gradientsOf(step - 1);
    const norm = Math.sqrt(gradients.flat().reduce((total, g) => total + g * g, 0));
    const clip = Math.min(1, 1 / norm);
    parameters = Object.entries(shapes).map(([name, shape], i) => {
      const [gradient, parameter] = [gradients[i]!, parameters[i]!];
      const direction = rules[optimizer]({
        shape,
        gradient,
        clipped: gradient.map((g) => g * clip),
        parameter,
        decay: name.endsWith("kernel") ? 0.1 : 0,
        step,
        state: states[i]!,
      });
      return parameter.map((p, j) => p - LEARNING_RATE * direction[j]!);
    });
  }
  return parameters;
}

it.each(optimizers)("%s", (optimizer) => {
  const [ours, plain] = [programUpdates(optimizer).parameters, plainUpdates(optimizer)];
  for (const [i, expected] of plain.entries()) {
    expect(ours[i]!.length).toBe(expected.length);
    // f32 against doubles: a few last bits of values near one half.
    ours[i]!.forEach((value, j) => {
      expect(Math.abs(value - expected[j]!)).toBeLessThan(2e-6);
    });
  }
});

it.each(["adamw", "sgd"] as const)("%s beside a moving average of the parameters", (optimizer) => {
  const decay = 0.15;
  let expected: readonly (readonly number[])[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const { parameters, averages } = programUpdates(optimizer, step, decay);
    // t / (t + 10) is 0, 0.091 and 0.167 in the first three steps; the last is more than the decay.
    const kept = Math.min(decay, (step - 1) / (step + 9));
    const old = expected;
    expected = parameters.map((values, i) =>
      values.map((value, j) => kept * (old[i]?.[j] ?? 0) + (1 - kept) * value),
    );
    averages.forEach((values, i) => {
      expect(values.length).toBe(expected[i]!.length);
      values.forEach((value, j) => {
        expect(Math.abs(value - expected[i]![j]!)).toBeLessThan(2e-6);
      });
    });
  }
});
