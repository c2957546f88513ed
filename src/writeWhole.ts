/** @file Files that are there in full or not at all, and what is said when they cannot be written. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { UserError } from "./units/userError.js";

/** Does something to a file. @throws UserError naming it when that fails */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // What the system says after the comma is a name, which may be a temporary one.
    const [reason] = (error as Error).message.split(", ");
    throw new UserError(`could not write ${path}: ${reason}`);
  }
}

/** Writes under a temporary name first. @throws UserError when the file cannot be written */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writing(path, () => {
    try {
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}
