/** @file Runs programs in XLA, on this computer's processor: every replica on a virtual device of its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { elementCount, type Program } from "../program/types.js";
import { writing } from "../writeWhole.js";
import { printModule } from "./module.js";
import { type HostArray, packNpz, unpackNpz } from "./npz.js";
import { executeModules, type XlaOptions } from "./xla.js";

/** A program, and for each replica an array for each of its inputs. */
export interface ProgramRun {
  readonly program: Program;
  readonly inputs: readonly (readonly HostArray[])[];
}

/** The replicas' arrays one after the other: their number becomes the first dimension. */
function stack(arrays: readonly HostArray[]): HostArray {
  const [{ values, shape }] = arrays as readonly [HostArray, ...HostArray[]];
  const stacked =
    values instanceof Int32Array
      ? new Int32Array(values.length * arrays.length)
      : new Float32Array(values.length * arrays.length);
  arrays.forEach((array, replica) => {
    stacked.set(array.values, replica * values.length);
  });
  return { shape: [arrays.length, ...shape], values: stacked };
}

function unstack({ shape, values }: HostArray): readonly HostArray[] {
  const [replicas, ...each] = shape as [number, ...number[]];
  const count = elementCount(each);
  return Array.from({ length: replicas }, (_, i) => ({
    shape: each,
    values: values.slice(i * count, (i + 1) * count),
  }));
}

/**
 * @returns for each run, for each replica, an array for each output of the program
 * @throws UserError when Python or JAX is missing
 */
export async function executeInXla(
  runs: readonly ProgramRun[],
  options: XlaOptions = {},
): Promise<readonly (readonly (readonly HostArray[])[])[]> {
  const folder = writing(tmpdir(), () => mkdtempSync(join(tmpdir(), "willfit-")));
  try {
    const executions = runs.map(({ program, inputs }, i) => {
      const file = (name: string) => join(folder, `${i}-${name}`);
      const execution = { module: file("step.mlir"), inputs: file("in.npz"), outputs: file("out.npz") };
      const write = (path: string, content: string | Uint8Array) =>
        writing(path, () => writeFileSync(path, content));
      write(execution.module, printModule(program));
      const arrays = program.inputs.map((_, k) => stack(inputs.map((replica) => replica[k]!)));
      write(execution.inputs, packNpz(Object.fromEntries(arrays.entries())));
      return execution;
    });
    const replicas = Math.max(...runs.map(({ program }) => program.replicas));
    await executeModules(executions, replicas, options);
    return executions.map(({ outputs }, i) => {
      const arrays = unpackNpz(readFileSync(outputs));
      const { program } = runs[i]!;
      const perOutput = program.outputs.map((_, k) => unstack(arrays[String(k)]!));
      return Array.from({ length: program.replicas }, (_, r) => perOutput.map((output) => output[r]!));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
