/**
 * @file How much the compiler lets temporaries take before it computes values again.
 */
import type { AcceleratorProfile } from "./hardware.js";
import type { LaidOutProgram } from "./layout.js";

/** Instructions that the compiler will make of a program: its arguments, its steps, and what takes their results apart. */
function instructionCount({ inputs, schedule }: LaidOutProgram): number {
  const elements = schedule.reduce((total, { writes }) => total + (writes.length > 1 ? writes.length : 0), 0);
  return inputs.length + schedule.length + elements;
}

/**
 * Bytes that temporaries may take at any step: a share of the memory, less the arguments that stay, the results (which
 * stand for the arguments that they replace) and room for the program itself.
 */
export function compilerLimit(program: LaidOutProgram, chip: AcceleratorProfile): number {
  const { buffers, inputs, outputs } = program;
  const source = program.fused.program;
  const replaced = new Set(source.outputs.map(({ replaces }) => replaces));
  const padded = (id: number) => buffers[id]!.layout.paddedBytes;
  const kept = inputs.filter((_, i) => !replaced.has(i)).reduce((total, id) => total + padded(id), 0);
  const results = outputs.reduce((total, id) => total + padded(id), 0);
  const { limitShare, bytesPerInstruction } = chip.rematerialization;
  return (
    chip.usableMemoryBytes.value * limitShare.value -
    kept -
    results -
    instructionCount(program) * bytesPerInstruction.value
  );
}
