/** @file Keeps the folder of a run to one process: two would write over each other's record and checkpoints. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Lock, lockFile } from "../src/lockFile.js";
import { writing } from "../src/writeWhole.js";
import type { TrainingOptions } from "./setup.js";

/** Of the process that trains in a folder; there only meanwhile. */
const LOCK_FILE = "run.lock";

/**
 * Keeps other runs out of a folder, which is made for a new run; one to go on with that is not there is refused elsewhere.
 *
 * @throws UserError when another process trains in it, or it cannot be written
 */
export function lockRun(
  { out, resume }: TrainingOptions,
  onUnlocked?: (why: string) => void,
): Lock | undefined {
  if (out === undefined || (resume && !existsSync(out))) return undefined;
  writing(out, () => mkdirSync(out, { recursive: true }));
  const lock = lockFile(join(out, LOCK_FILE), out);
  if (lock.missing !== undefined) onUnlocked?.(lock.missing);
  return lock;
}
