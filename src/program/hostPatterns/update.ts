/** @file Updates of parameters as the optimizers write them down. */
import { type Match, pattern } from "../pattern.js";
import { elementCount, type TensorType } from "../types.js";
import { always, type GroupKind } from "./kind.js";

/** Below so many elements, variables to update in place cost more than the passes over memory that they spare. */
const WORTH_VARIABLES = 1 << 15;

/** Whether the host updates a parameter with momentum in place. */
export const isWorthVariables = ({ shape }: Pick<TensorType, "shape">): boolean =>
  elementCount(shape) >= WORTH_VARIABLES;

const momentum = (step: string) => `
  momentum = constant
  kept = multiply velocity momentum
  newVelocity = add kept ${step}
  rates = stretch:none learningRate
  update = multiply rates newVelocity
  newParameter = subtract parameter update`;

const momentumKind = (text: string, consumed: readonly string[]): GroupKind => ({
  pattern: pattern(text),
  operands: ["parameter", "velocity", "gradient", "learningRate"],
  results: ["newParameter", "newVelocity"],
  consumed,
  accepts: always,
});

export const momentumUpdates: readonly GroupKind[] = [
  momentumKind(
    `
    decay = constant
    decayed = multiply parameter decay
    step = add gradient decayed
    ${momentum("step")}`,
    ["parameter", "velocity", "gradient"],
  ),
  momentumKind(momentum("gradient"), ["parameter", "velocity"]),
];

const adam = (direction: string) => `
  clips = stretch:none clip
  clipped = multiply gradient clips
  beta1 = constant
  keptMean = multiply mean beta1
  rest1 = constant
  addedMean = multiply clipped rest1
  newMean = add keptMean addedMean
  square = multiply clipped clipped
  beta2 = constant
  keptSquare = multiply meanSquare beta2
  rest2 = constant
  addedSquare = multiply square rest2
  newMeanSquare = add keptSquare addedSquare
  corrections2 = stretch:none correction2
  correctedSquare = divide newMeanSquare corrections2
  root = sqrt correctedSquare
  corrections1 = stretch:none correction1
  correctedMean = divide newMean corrections1
  epsilon = constant
  divisor = add root epsilon
  direction = divide correctedMean divisor
  rates = stretch:none learningRate
  update = multiply rates ${direction}
  newParameter = subtract parameter update`;

const complement = ({ constants }: Match, a: string, b: string) =>
  Math.abs(constants[a]! + constants[b]! - 1) < 1e-9;

const adamKind = (text: string): GroupKind => ({
  pattern: pattern(text),
  operands: [
    "parameter",
    "mean",
    "meanSquare",
    "gradient",
    "learningRate",
    "clip",
    "correction1",
    "correction2",
  ],
  results: ["newParameter", "newMean", "newMeanSquare"],
  consumed: ["parameter", "mean", "meanSquare"],
  accepts: (_, match) => complement(match, "beta1", "rest1") && complement(match, "beta2", "rest2"),
});

export const adamUpdates: readonly GroupKind[] = [
  adamKind(`
    decay = constant
    decayed = multiply parameter decay
    step = add direction decayed
    ${adam("step")}`),
  adamKind(adam("direction")),
];
