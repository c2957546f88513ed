/**
 * @file What this machine offers the trainer.
 */
import { availableParallelism, totalmem } from "node:os";
import { type ActiveBackend, loadBackend } from "./backend.js";
import { processorName } from "./machine.js";

export interface DoctorReport {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly backend: ActiveBackend;
}

/** Looks at the machine and starts the backend that training would use. */
export async function doctor(): Promise<DoctorReport> {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    processor: processorName(),
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    backend: await loadBackend(),
  };
}
