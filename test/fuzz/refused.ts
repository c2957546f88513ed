/** @file What a function makes of bad input: an answer, or a `UserError` of one line. */
import { expect } from "vitest";
import { UserError } from "../../src/units/userError.js";

/** Undefined where the error is one for the person; fails for any other. */
function refusal(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
  expect(error.message.length).toBeGreaterThan(0);
  return undefined;
}

/** The answer, or undefined where it is refused. */
export function answerOrRefusal<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    return refusal(error);
  }
}

/** `answerOrRefusal` of what takes a while. */
export async function answerOrRefusalOf<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    return refusal(error);
  }
}
