/**
 * @file The checkpoints of a run's folder: one file a step, of which the newest few are kept, and the newest whole one of
 * which a run goes on from.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../src/units/userError.js";
import { writing } from "../src/writeWhole.js";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.js";

/** Checkpoints kept unless someone says otherwise: should the newest be damaged, there are two more. */
export const CHECKPOINTS_KEPT = 3;

/** Digits of a step in a file's name, so that the files of most runs are listed in order. */
const STEP_DIGITS = 6;

/** Before there was a file for each step. */
const ONLY_CHECKPOINT = "checkpoint.safetensors";

const checkpointName = /^checkpoint-(\d+)\.safetensors$/;

/** What `saveCheckpoint` and `writeWhole` leave behind in a folder of ours when they are killed: the name ends in the process. */
const leftoverName = /^(checkpoint|metrics|run\.json)[^/]*\.\d+\.tmp$/;

export interface CheckpointFile {
  readonly path: string;
  readonly step: number;
}

/** Where the checkpoint of a step is kept. */
export function checkpointPath(folder: string, step: number): string {
  return join(folder, `checkpoint-${String(step).padStart(STEP_DIGITS, "0")}.safetensors`);
}

/** The checkpoints of a folder, whole or not, newest first; one of an earlier version of willfit comes last. */
export function checkpointFiles(folder: string): readonly CheckpointFile[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { withFileTypes: true }).flatMap((entry): CheckpointFile[] => {
    if (entry.isDirectory()) return [];
    const { name } = entry;
    const step = checkpointName.exec(name)?.[1];
    if (step !== undefined) return [{ path: join(folder, name), step: Number(step) }];
    return name === ONLY_CHECKPOINT ? [{ path: join(folder, name), step: 0 }] : [];
  });
  return files.sort((a, b) => b.step - a.step);
}

/** Removes what killed runs left half written in a run's folder. */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (leftoverName.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/** Makes new names in a folder last through a power failure, where the system can (Windows cannot open folders). */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes the checkpoint of a step; only when it is whole, removes all but the `keep` newest. Files of later steps go, too: the
 * run would have gone on from them, had they been whole.
 *
 * @returns where it is
 * @throws UserError when it cannot be written
 */
export function keepCheckpoint(folder: string, step: number, checkpoint: Checkpoint, keep: number): string {
  const path = checkpointPath(folder, step);
  saveCheckpoint(path, checkpoint);
  writing(folder, () => {
    syncFolder(folder);
    const files = checkpointFiles(folder);
    const kept = new Set(files.filter((file) => file.step <= step).slice(0, keep));
    for (const file of files) if (!kept.has(file)) rmSync(file.path, { force: true });
  });
  return path;
}

/**
 * The newest whole checkpoint of a folder.
 *
 * @param onDamaged told of every newer one that is not whole, and why
 * @throws UserError when there is none
 */
export function newestCheckpoint(
  folder: string,
  onDamaged: (why: string) => void = () => {},
): { readonly path: string; readonly checkpoint: Checkpoint } {
  const files = checkpointFiles(folder);
  for (const { path } of files) {
    try {
      return { path, checkpoint: loadCheckpoint(path) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onDamaged(error.message);
    }
  }
  const none =
    files.length === 0
      ? `there is no checkpoint in ${folder}`
      : `none of the ${files.length} checkpoint(s) in ${folder} is whole`;
  throw new UserError(`${none}: leave --resume out to start anew`);
}
