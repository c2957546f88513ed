/** @file Files that are there in full or not at all. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { UserError } from "./units/userError.js";

/** Writes under a temporary name first. @throws UserError when the file cannot be written */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    // What the system says after the comma is the temporary name, which means nothing to anyone.
    const [reason] = (error as Error).message.split(", ");
    throw new UserError(`could not write ${path}: ${reason}`);
  }
}
