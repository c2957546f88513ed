/**
 * @file What this machine offers the trainer.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { type ActiveBackend, loadBackend } from "./backend.js";

export interface DoctorReport {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly backend: ActiveBackend;
}

/** What the processor calls itself. */
const processorName = (): string => cpus()[0]?.model.trim() || "unknown";

/** What a calibration depends on: with another of these it says nothing. */
export const machineOf = ({ name, version, threads }: ActiveBackend) => ({
  backend: name,
  backendVersion: version,
  processor: processorName(),
  threads,
});

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
