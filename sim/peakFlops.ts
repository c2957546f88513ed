/** @file What a device can compute at most. */
import type { HardwareProfile } from "./hardware.js";

/** Of one device: two operations for each multiply-add that the matrix units do in a cycle. */
export function peakFlopsPerSecond(machine: HardwareProfile): number {
  if (machine.kind === "host") return machine.flopsPerSecond.value;
  const { matrixUnits, matrixUnitSide, clockHertz } = machine;
  return 2 * matrixUnits.value * matrixUnitSide.value ** 2 * clockHertz.value;
}
