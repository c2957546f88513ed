/**
 * @file The whole chain: a model and a plan become the training program of one device.
 */
import {
  chunkedSigmoidLoss,
  gatheredSigmoidLoss,
  softmaxContrastiveLoss,
  softmaxCrossEntropy,
} from "../models/losses.js";
import {
  type Batch,
  batchOf,
  declareBatch,
  type Embeddings,
  type Mode,
  type Model,
} from "../models/model.js";
import { allReduce } from "../ops/collective.js";
import { scale } from "../ops/elementwise.js";
import { eliminateDeadCode, withoutUnreadInputs } from "../program/liveness.js";
import { type Sharding, type Tensor, Trace } from "../program/trace.js";
import type { Program } from "../program/types.js";
import { differentiate } from "./differentiate.js";
import { accumulated, embeddedInParts } from "./microbatches.js";
import { narrowGathers } from "./narrowGathers.js";
import { applyOptimizer, defaultHyperparameters } from "./optimizer.js";
import type { Hyperparameters } from "./optimizers/rule.js";
import { batchPerDevice, type ContrastiveLoss, type Plan } from "./plan.js";
import { rematerializedRegions } from "./rematerialization.js";
import { shardingOf } from "./sharding.js";

const contrastive: Readonly<Record<ContrastiveLoss, (e: Embeddings, globalBatch: number) => Tensor>> = {
  sigmoid: chunkedSigmoidLoss,
  "sigmoid-gather": gatheredSigmoidLoss,
  softmax: softmaxContrastiveLoss,
};

/** Writes forward pass and loss of some tensors of the batch; returns their share of the loss. */
function traceLoss(
  trace: Trace,
  model: Model,
  plan: Plan,
  mode: Mode,
  tensors: ReadonlyMap<string, Tensor>,
): Tensor {
  const batch = batchOf(tensors);
  switch (model.kind) {
    case "classifier": {
      const logits = model.logits(batch("images"), mode);
      return trace.scoped("loss", () => softmaxCrossEntropy(logits, batch("labels"), plan.globalBatch));
    }
    case "two-tower": {
      const embeddings = embeddedInParts(trace, tensors, plan.microbatches, (part) =>
        model.embed(batchOf(part), mode),
      );
      return trace.scoped("loss", () => contrastive[plan.loss](embeddings, plan.globalBatch));
    }
    case "detector":
      return scale(model.loss(batch, mode), 1 / plan.globalBatch);
  }
}

/**
 * Writes batch, forward and backward pass; returns this device's share of the loss, and of its gradient with respect to each
 * parameter input of the trace. The gradient of a part of a parameter is that of the loss of all devices.
 */
export function traceGradients(trace: Trace, model: Model, plan: Plan): readonly Tensor[] {
  const { activations, batchNorm, microbatches } = plan;
  const mode: Mode = { training: true, activations, batchNorm };
  const tensors = declareBatch(trace, model, batchPerDevice(plan), mode);
  const step = (part: ReadonlyMap<string, Tensor>): readonly Tensor[] => {
    const loss = traceLoss(trace, model, plan, mode, part);
    const parameters = trace.inputs
      .filter(({ role }) => role === "parameter")
      .map(({ value }) => trace.tensor(value));
    return [loss, ...differentiate(loss, parameters, rematerializedRegions(trace, plan.remat))];
  };
  // A contrastive loss compares the whole batch: it cannot be added up from parts.
  return model.kind === "two-tower" ? step(tensors) : accumulated(trace, tensors, microbatches, step);
}

/**
 * The program of one device: forward, backward, gradients and loss summed over the devices, optimizer update.
 * Outputs are `loss`, `gradientNorm` (AdamW, Adafactor) and the replacements of every parameter and piece of state.
 *
 * @param sharding of weights; what the plan says unless given
 * @throws UserError when the batch does not divide among the devices
 */
export function traceTrainingStep(
  model: Model,
  plan: Plan,
  hyperparameters: Hyperparameters = defaultHyperparameters,
  sharding: Sharding | undefined = shardingOf(plan),
): Program {
  const trace = new Trace(plan.devices, sharding);
  const [loss, ...local] = traceGradients(trace, model, plan);
  const gradients = trace.at("gradients", "backward", () => {
    trace.output("loss", allReduce(loss!));
    return summed(trace, local);
  });
  applyOptimizer(trace, gradients, plan, hyperparameters);
  const program = eliminateDeadCode(trace.finish(`${model.name} training step`));
  return sharding ? narrowGathers(program) : program;
}

/** Gradients summed over the devices; those of a part of a parameter have been by the reduce-scatter that made them. */
function summed(trace: Trace, gradients: readonly Tensor[]): Tensor[] {
  const parameters = trace.inputs.filter(({ role }) => role === "parameter");
  return gradients.map((gradient, i) => (parameters[i]!.shard ? gradient : allReduce(gradient)));
}

function forward(model: Model, batch: Batch, mode: Mode): Readonly<Record<string, Tensor>> {
  if (model.kind === "classifier") return { logits: model.logits(batch("images"), mode) };
  if (model.kind === "detector") return model.detect(batch("images"), mode);
  const { image, text } = model.embed(batch, mode);
  return { image, text };
}

/**
 * The forward pass alone, for evaluation and for counting: outputs `logits`, `image` and `text` embeddings, or what
 * was detected. Runs on one device.
 *
 * @param only the output that is wanted, all unless given: of two towers the other is then left out
 */
export function traceForward(
  model: Model,
  batch: number,
  activations: Plan["activations"],
  only?: "image" | "text",
): Program {
  const trace = new Trace(1);
  const mode: Mode = { training: false, activations };
  const inputs = batchOf(declareBatch(trace, model, batch, mode));
  for (const [name, value] of Object.entries(forward(model, inputs, mode))) {
    if (only === undefined || name === only) trace.output(name, value);
  }
  const program = eliminateDeadCode(trace.finish(`${model.name} forward`));
  return only === undefined ? program : withoutUnreadInputs(program);
}
