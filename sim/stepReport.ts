/** @file TODO stub until branch report is merged. */
import type { MemoryReport } from "./memoryReport.js";
import type { Query } from "./query.js";
export interface StepReport {
  readonly memory: MemoryReport;
}
export function stepReport(_query: Query): StepReport {
  throw new Error("stub");
}
