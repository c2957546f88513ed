/** @file All that is told of a question's step, from one simulation, as data: it passes between threads. */
import { type ScopeCost, scopeCosts } from "./breakdown.js";
import { type MemoryReport, memoryReport } from "./memoryReport.js";
import type { AnyQuery } from "./query.js";
import { type Roofline, roofline } from "./roofline.js";
import { type SimulatedStep, simulatedStep } from "./simulatedStep.js";

export interface StepReport {
  readonly memory: MemoryReport;
  /** Blocks of a kind as one. */
  readonly scopes: ScopeCost;
  /** Every block for itself. */
  readonly scopesApart: ScopeCost;
  readonly roofline: Roofline;
}

export function stepReportOf(step: SimulatedStep): StepReport {
  const { simulation } = step;
  return {
    memory: memoryReport(step),
    scopes: scopeCosts(simulation),
    scopesApart: scopeCosts(simulation, "apart"),
    roofline: roofline(step),
  };
}

/**
 * Simulates the step of a query and reports on it.
 *
 * @throws UserError for an unknown model, a batch that does not divide among the devices, or a machine that is no accelerator
 */
export function stepReport(query: AnyQuery): StepReport {
  return stepReportOf(simulatedStep(query));
}
