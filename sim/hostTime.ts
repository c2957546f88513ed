/** @file How long the host takes for each step of a program: a roofline of the profile's constants. */
import { costOf } from "../src/ops/registry.js";
import type { HostProgram } from "../src/program/hostMemory.js";
import { byteSize, type Operation, type Program } from "../src/program/types.js";
import type { HostProfile } from "./hardware.js";

function operationSeconds(program: Program, operation: Operation, host: HostProfile): number {
  const { flops, transcendentals } = costOf(program, operation);
  const bytes = [...operation.operands, ...operation.results].reduce(
    (total, value) => total + byteSize(program.types[value]!),
    0,
  );
  const compute = (flops + transcendentals) / host.flopsPerSecond.value;
  return Math.max(compute, bytes / host.memoryBytesPerSecond.value) + host.issueSeconds.value;
}

/** Seconds of each of the steps that a program is run in; constants, made once, take none. */
export function hostStepSeconds(
  { program, steps, storage }: HostProgram,
  host: HostProfile,
): readonly number[] {
  const secondsOf = (operation: Operation) => operationSeconds(program, operation, host);
  return steps.map(({ operation, group, results }) => {
    if (storage.sharedWith.has(results[0]!)) return 0;
    if (operation) return secondsOf(operation);
    return group!.inside.reduce((total, inside) => total + secondsOf(inside), 0);
  });
}
