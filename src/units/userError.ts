/** @file Errors that are for the person at the terminal. */

/**
 * An error whose message is for the person at the terminal: one line that says what is wrong, where, and what
 * would be right. The command line prints it without a stack and exits with status 2.
 */
export class UserError extends Error {
  /** Tells it from other errors where `instanceof` cannot. */
  override readonly name = "UserError";
}
