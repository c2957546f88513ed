/** @file What is said when something is refused. */
import { expect } from "vitest";
import { UserError } from "../src/units/userError.js";

/** The one line with which something is refused; fails where nothing is, or otherwise than in a line. */
export function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).not.toContain("\n");
    return message;
  }
  throw new Error("nothing was refused");
}
