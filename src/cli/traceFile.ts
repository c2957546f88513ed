/** @file The trace of a predicted step, as a file. */
import type { SimulatedStep } from "../../sim/simulatedStep.js";
import { formatCount } from "../units/quantity.js";
import { writeWhole } from "../writeWhole.js";
import type { Terminal } from "./terminal.js";

/** @throws UserError when the file cannot be written */
export async function writeTrace(path: string, step: SimulatedStep, { note }: Terminal): Promise<void> {
  const { stepTrace } = await import("../../sim/trace.js");
  writeWhole(path, stepTrace(step));
  note(`${path}: ${formatCount(step.simulation.times.length)} fusions of one step`);
}
