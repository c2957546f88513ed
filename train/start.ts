/** @file Where a training run begins, and with what: its first weights, or what its newest checkpoint has. */
import { formatType, type Program, sameShape } from "../src/program/types.js";
import { UserError } from "../src/units/userError.js";
import type { Checkpoint } from "./checkpoint.js";
import { checkpointFiles, newestCheckpoint } from "./checkpoints.js";
import { initialState, type StateTensor } from "./initialize.js";
import type { TrainingOptions } from "./setup.js";

/** @throws UserError when the checkpoint is of another run or does not hold what the program needs */
function stateFrom(
  checkpoint: Checkpoint,
  path: string,
  wanted: Readonly<Record<string, string>>,
  program: Program,
) {
  for (const [key, value] of Object.entries(wanted)) {
    if (checkpoint.metadata[key] !== value) {
      throw new UserError(
        `${path} is of another run: its ${key} is ${checkpoint.metadata[key]}, not ${value}`,
      );
    }
  }
  const byName = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]));
  return program.inputs.flatMap(({ name, value, initializer }): StateTensor[] => {
    if (!initializer) return [];
    const tensor = byName.get(name);
    const type = program.types[value]!;
    // What is bf16 in the program is kept as f32 here.
    const isSame = (tensor?.dtype === "i32") === (type.dtype === "i32");
    if (!tensor || !isSame || !sameShape(tensor.shape, type.shape)) {
      throw new UserError(`${path} has no ${name} of type ${formatType(type)}`);
    }
    return [tensor];
  });
}

/** @throws UserError when the checkpoint does not say after how many steps it was written */
function stepOf({ metadata }: Checkpoint, path: string): number {
  const { step = "" } = metadata;
  if (/^\d+$/.test(step) && Number.isSafeInteger(Number(step))) return Number(step);
  throw new UserError(`${path} does not say of which step it is; leave --resume out to start anew`);
}

/** Where a run begins: at its first step, or after its newest checkpoint. */
export interface Start {
  readonly step: number;
  readonly state: readonly StateTensor[];
  /** The checkpoint. */
  readonly path?: string;
}

/**
 * @param onDamaged told of a checkpoint that is passed over because it is not whole, and why
 * @throws UserError when there is a run in the folder already, or none to go on with
 */
export function startOf(
  { out, resume, seed }: TrainingOptions,
  wanted: Readonly<Record<string, string>>,
  program: Program,
  onDamaged?: (why: string) => void,
): Start {
  if (out !== undefined && resume) {
    const { path, checkpoint } = newestCheckpoint(out, onDamaged);
    const state = stateFrom(checkpoint, path, wanted, program);
    return { step: stepOf(checkpoint, path), state, path };
  }
  const there = out === undefined ? undefined : checkpointFiles(out)[0];
  if (there) {
    throw new UserError(
      `${there.path} is there already: --resume goes on from it, another --out starts anew`,
    );
  }
  return { step: 0, state: initialState(program, seed) };
}
