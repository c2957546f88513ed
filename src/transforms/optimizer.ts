/**
 * @file The update as operations of the program: from parameters and gradients to what replaces them.
 */
import { multiply, subtract } from "../ops/elementwise.js";
import type { Tensor, Trace } from "../program/trace.js";
import { averaging } from "./average.js";
import { adafactor } from "./optimizers/adafactor.js";
import { adamw } from "./optimizers/adamw.js";
import { lion } from "./optimizers/lion.js";
import { rmsprop, sgd } from "./optimizers/momentum.js";
import { type Hyperparameters, OPTIMIZER_SCOPE, type Optimizer, stretch } from "./optimizers/rule.js";
import type { Plan } from "./plan.js";

/**
 * AdamW: big_vision's vit_s16_i1k.py (arXiv 2205.01580). SGD: arXiv 1512.03385, section 3.4. RMSProp: EfficientNet's
 * (arXiv 1905.11946, section 5.2; epsilon from its code, utils.py). LION: arXiv 2302.06675, section 3. Adafactor:
 * arXiv 2106.04560, section 3.4, and the defaults of big_vision's optax.py.
 */
export const defaultHyperparameters: Hyperparameters = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 1e-4,
  momentum: 0.9,
  rmsDecay: 0.9,
  rmsEpsilon: 1e-3,
  clipNorm: 1,
  lionBeta1: 0.9,
  lionBeta2: 0.99,
  factoredDecay: 0.8,
  factoredEpsilon: 1e-30,
};

const rules: Readonly<Record<Plan["optimizer"], Optimizer>> = { adamw, adafactor, sgd, rmsprop, lion };

/**
 * Appends the update of every parameter: each parameter input of the trace is replaced, and optimizer state is
 * declared and replaced beside it. Declares the schedule input `learningRate`, an f32 scalar.
 *
 * @param gradients one for each parameter input of the trace, in their order, f32
 */
export function applyOptimizer(
  trace: Trace,
  gradients: readonly Tensor[],
  { optimizer, momentumDtype, ema }: Pick<Plan, "optimizer" | "momentumDtype" | "ema">,
  hyperparameters: Hyperparameters,
): void {
  const trained = trace.inputs
    .filter(({ role }) => role === "parameter")
    .map((input, i) => ({ input, parameter: trace.tensor(input.value), gradient: gradients[i]! }));
  const learningRate = trace.input("schedule", "learningRate", "f32", []);
  trace.at(OPTIMIZER_SCOPE, "update", () => {
    const update = rules[optimizer](trace, trained, hyperparameters);
    const average = ema > 0 ? averaging(trace, ema) : undefined;
    for (const item of trained) {
      trace.scoped(item.input.name, () => {
        const step = update(item, momentumDtype);
        const next = subtract(item.parameter, multiply(stretch(learningRate, step), step));
        trace.replaceInput(item.parameter, next);
        average?.(item, next);
      });
    }
  });
}
