/** @file All that a report tells, asked of the simulator. */
import { type BatchPoint, batchCurve, curveBatches } from "../../../sim/batchCurve.js";
import * as simulator from "../../../sim/fit.js";
import { type HardwareProfile, loadHardware } from "../../../sim/hardware.js";
import { predict } from "../../../sim/predict.js";
import type { FitAnswer } from "../../../sim/prediction.js";
import type { Query } from "../../../sim/query.js";
import { type SimulatedStep, simulatedStep } from "../../../sim/simulatedStep.js";
import { type StepReport, stepReportOf } from "../../../sim/stepReport.js";
import type { Recipe } from "../../recipes/recipes.js";

export interface ReportData {
  readonly query: Query;
  readonly machine: HardwareProfile;
  /** With the run, where the question is a recipe. */
  readonly answer: FitAnswer;
  readonly curve: readonly BatchPoint[];
  /** Of an accelerator's step only. */
  readonly step?: StepReport;
  readonly simulated?: SimulatedStep;
}

/**
 * Asks the simulator.
 *
 * @throws UserError for an unknown model or hardware, a batch that does not divide among the devices, or a run on the host
 */
export function reportData(query: Query, recipe?: Recipe): ReportData {
  const machine = loadHardware(query.hardware);
  // What is wrong with a run is found out before the search.
  const run = recipe && predict(query, { recipe }).run;
  const answer = { ...simulator.fit(query), ...(run && { run }) };
  const { devices, microbatches } = answer.plan;
  const { globalBatch, largestBatch } = answer;
  const batches = curveBatches({ unit: devices * microbatches, globalBatch, largestBatch });
  const simulated = machine.kind === "host" ? undefined : simulatedStep(query);
  return {
    query,
    machine,
    answer,
    curve: batchCurve(query, batches),
    ...(simulated && { simulated, step: stepReportOf(simulated) }),
  };
}
