/** @file Files that are there in full or not at all, and what is said when they cannot be written. */
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { UserError } from "./units/userError.js";

/** Does something to a file. @throws UserError naming it when that fails */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // What the system says after the comma is a name, which may be a temporary one.
    const [reason = ""] = (error as Error).message.split(", ");
    throw new UserError(`could not write ${path}: ${reason.replaceAll(/\s+/g, " ")}`);
  }
}

const temporaryName = (path: string) => `${path}.${process.pid}.tmp`;

/**
 * Has a file written under a temporary name first, which is gone when that fails.
 *
 * @param write fills the file of the name that it is given
 * @throws UserError when the file cannot be written
 */
export function writeThenRename(path: string, write: (temporary: string) => void): void {
  const temporary = temporaryName(path);
  writing(path, () => {
    try {
      write(temporary);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Writes under a temporary name first. @throws UserError when the file cannot be written */
export function writeWhole(path: string, text: string): void {
  writeThenRename(path, (temporary) => writeFileSync(temporary, text));
}

/**
 * Tries whether a file could be written, and leaves nothing behind: before work of minutes, whose result would be lost.
 *
 * @throws UserError when it could not
 */
export function checkWritable(path: string): void {
  const temporary = temporaryName(path);
  writing(path, () => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error("it is a folder");
    try {
      // An empty file takes no room, and can be made on a full disk.
      writeFileSync(temporary, "\n");
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}
