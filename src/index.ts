/**
 * @file The library: what the command line answers, as functions and with types. Loads no TensorFlow.
 */

export {
  type AnyBatchesQuestion,
  type BatchesQuestion,
  type BatchRow,
  batchStudy,
  type Setup,
  studiedBatches,
} from "../sim/batches.js";
export { type Calibration, calibrateFrom, type MeasuredStep } from "../sim/calibrateFrom.js";
export { type ChipRange, type Chips, fewestChips } from "../sim/chips.js";
export {
  type AnyCompareQuestion,
  type ComparedModel,
  type CompareQuestion,
  type Comparison,
  compare,
} from "../sim/compare.js";
export { defineHardware, type HardwareDefinition, hardware } from "../sim/defineHardware.js";
export { passes } from "../sim/explain.js";
export { fit } from "../sim/fit.js";
export {
  type AcceleratorProfile,
  type HardwareLike,
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
export type { AnyQuery, Query } from "../sim/query.js";
export {
  type AnySweepQuestion,
  type Sweep,
  type SweepOptions,
  type SweepQuestion,
  type SweepRow,
  sweep,
} from "../sim/sweep.js";
export { onThreads } from "../sim/sweepWorkers.js";
export { type Verification, verify } from "../sim/verify.js";
export * as layers from "./library/layers.js";
export * as ops from "./library/ops.js";
export { flopCount, multiplyAddCount, parameterCount } from "./models/count.js";
export {
  type ClassifierDefaults,
  type ClassifierSpecification,
  defineModel,
  type ModelSpecification,
  type OptionDefault,
  type OptionDefaults,
  type OptionsOf,
} from "./models/define.js";
export type { ZooEntry } from "./models/entry.js";
export type { Classifier, Detector, Mode, Model, ModelDefinition, TwoTower } from "./models/model.js";
export type { ModelOptions } from "./models/options.js";
export { buildModel, type ModelLike, zoo } from "./models/zoo.js";
export { formatProgram } from "./program/print.js";
export type { Tensor, Trace } from "./program/trace.js";
export type { Initializer, Program } from "./program/types.js";
export { printModule } from "./stablehlo/module.js";
export { defaultPlan, type Plan } from "./transforms/plan.js";
export { traceForward, traceTrainingStep } from "./transforms/trainingStep.js";
export { UserError } from "./units/userError.js";
