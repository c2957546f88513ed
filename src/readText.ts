/** @file Texts that people name, and what is said when they cannot be read. */
import { readFileSync } from "node:fs";
import { UserError } from "./units/userError.js";

/** The text of a file. @throws UserError naming it when it cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // What the system says after the comma is the name again.
    const [reason] = (error as Error).message.split(", ");
    throw new UserError(`could not read ${path}: ${reason}`);
  }
}
