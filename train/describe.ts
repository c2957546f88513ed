/** @file A run in the words of its folder. */
import * as tf from "@tensorflow/tfjs-core";
import { elementCount, type Program } from "../src/program/types.js";
import { backendNames, versionOf } from "./machine.js";
import type { RunStart } from "./runFile.js";
import type { RunSetup, TrainingOptions } from "./setup.js";

/** Elements of what learns. */
export function parametersOf({ inputs, types }: Program): number {
  const parameters = inputs.filter(({ role }) => role === "parameter");
  return parameters.reduce((total, { value }) => total + elementCount(types[value]!.shape), 0);
}

/** @param parameters elements of what learns */
export function descriptionOf(
  { dataset, epochs, command }: TrainingOptions,
  { model, plan, measure, stepsPerEpoch, schedule }: RunSetup,
  parameters: number,
): RunStart {
  const backend = backendNames.find((name) => name === tf.getBackend());
  return {
    ...(command && { command }),
    model: model.name,
    modelOptions: model.options,
    plan,
    data: dataset.name,
    classes: [...dataset.classes],
    measure,
    backend: { name: tf.getBackend(), version: backend ? versionOf(backend) : "unknown" },
    parameters,
    epochs,
    stepsPerEpoch,
    steps: schedule.steps,
  };
}
