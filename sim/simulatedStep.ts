/** @file One simulation of a question's step, with all that reports on it need to know. */
import { UserError } from "../src/units/userError.js";
import { type AcceleratorProfile, loadHardware } from "./hardware.js";
import { asMeasured } from "./measured.js";
import type { AnyQuery, TrainingStep } from "./query.js";
import { type Simulation, simulate } from "./simulate.js";
import { sizedTrainingStepOf } from "./trainingSteps.js";

export interface SimulatedStep extends Pick<TrainingStep, "plan" | "program"> {
  readonly query: AnyQuery;
  /** As it was measured. */
  readonly chip: AcceleratorProfile;
  readonly simulation: Simulation;
}

/** The accelerator of a query. @throws UserError when its machine is none */
export function chipOf({ hardware: asked }: Pick<AnyQuery, "hardware">): AcceleratorProfile {
  const hardware = loadHardware(asked);
  if (hardware.kind !== "host") return asMeasured(hardware);
  throw new UserError(
    `${hardware.name} runs the program as it is, one operation after the other: fusions, layouts and their times are an accelerator's; say one with --on`,
  );
}

/**
 * Simulates the step of a query.
 *
 * @throws UserError for an unknown model, a batch that does not divide among the devices, or a machine that is no accelerator
 */
export function simulatedStep(query: AnyQuery): SimulatedStep {
  const chip = chipOf(query);
  const { plan, program } = sizedTrainingStepOf(query, chip.devices);
  return { query, chip, plan, program, simulation: simulate(program, chip) };
}
