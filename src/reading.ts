/** @file What is said when the system refuses to show a file or a folder. */
import { UserError } from "./units/userError.js";

/** Whether an error is the system's: a file that is not there, may not be read, has an impossible name. */
function isSystems(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}

/**
 * Looks at files.
 *
 * @param what the user named: `--data photos`
 * @throws UserError naming it when the system refuses; other errors as they are
 */
export async function reading<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isSystems(error) ? new UserError(`${what}: ${error.message}`) : error;
  }
}
