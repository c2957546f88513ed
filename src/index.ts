/**
 * @file The library: what the command line answers, as functions and with types. Loads no TensorFlow.
 */
export {
  type BatchesQuestion,
  type BatchRow,
  batchStudy,
  type Setup,
  studiedBatches,
} from "../sim/batches.js";
export { type Calibration, calibrateFrom, type MeasuredStep } from "../sim/calibrateFrom.js";
export { type ChipRange, type Chips, fewestChips } from "../sim/chips.js";
export { type ComparedModel, type CompareQuestion, type Comparison, compare } from "../sim/compare.js";
export { passes } from "../sim/explain.js";
export { fit } from "../sim/fit.js";
export {
  type AcceleratorProfile,
  type HardwareProfile,
  type HostProfile,
  hardwareNames,
  loadHardware,
  parseProfile,
} from "../sim/hardware.js";
export { predict } from "../sim/predict.js";
export type {
  ErrorEstimate,
  FitAnswer,
  MemoryPart,
  MemoryPrediction,
  Prediction,
  Suggestion,
  TimePart,
  TimePrediction,
  Verdict,
} from "../sim/prediction.js";
export type { Query } from "../sim/query.js";
export { type Sweep, type SweepOptions, type SweepQuestion, type SweepRow, sweep } from "../sim/sweep.js";
export { onThreads } from "../sim/sweepWorkers.js";
export { type Verification, verify } from "../sim/verify.js";
export { flopCount, multiplyAddCount, parameterCount } from "./models/count.js";
export type { ZooEntry } from "./models/entry.js";
export type { Classifier, Detector, Model, TwoTower } from "./models/model.js";
export type { ModelOptions } from "./models/options.js";
export { buildModel, zoo } from "./models/zoo.js";
export { formatProgram } from "./program/print.js";
export type { Program } from "./program/types.js";
export { printModule } from "./stablehlo/module.js";
export { defaultPlan, type Plan } from "./transforms/plan.js";
export { traceForward, traceTrainingStep } from "./transforms/trainingStep.js";
export { UserError } from "./units/userError.js";
