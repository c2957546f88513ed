/** @file Whether the process of a run is still there. */
import { readFileSync } from "node:fs";
import type { RunFile } from "../../../../train/runFile.js";
import type { Outcome } from "./runState.js";

/** The arguments that a process was started with, where the system tells. */
function argumentsOf(processId: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, "utf8").split("\0");
  } catch {
    return undefined;
  }
}

/** Whether there is a process of this number, and it is the run's: numbers are given again to other programs. */
export function isAlive({ processId, command }: Pick<RunFile, "processId" | "command">): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    // Another person's process must not be sent even nothing, but it is there.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const given = command && argumentsOf(processId);
  return !given || command.arguments.every((argument) => given.includes(argument));
}

/** How a run has ended; undefined while it goes. A run that is gone and does not say how was killed. */
export function outcomeOf(run: RunFile): Outcome | undefined {
  if (run.end) return run.end.how;
  return isAlive(run) ? undefined : "killed";
}
