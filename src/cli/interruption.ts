/** @file Waiting for what takes longer than a second: showing that it goes on, and ending it with Ctrl-C. */
import type { Terminal } from "./terminal.js";

/** Exit status after Ctrl-C: 128 + SIGINT, as shells count. */
export const INTERRUPTED = 130;

/** Thrown through a command that Ctrl-C has ended and that has tidied up. */
export class Interrupted extends Error {}

/** What is there sooner needs no spinner. */
const PATIENCE_MILLISECONDS = 300;

/**
 * Waits for `work`, which Ctrl-C ends.
 *
 * @param work ends early, and tidies up, when its signal is aborted
 * @throws Interrupted when the person presses Ctrl-C
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Interrupted());
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? new Interrupted() : error;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/**
 * Waits for `work`, with a spinner and the seconds so far on standard error.
 *
 * @param work ends early, and tidies up, when its signal is aborted
 * @throws Interrupted when the person presses Ctrl-C
 */
export async function waitFor<T>(
  { colors }: Terminal,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { default: ora } = await import("ora");
  const spinner = ora({
    text: what,
    stream: process.stderr,
    discardStdin: false,
    ...(!colors.isColorSupported && { color: false as const }),
  });
  const began = performance.now();
  const patience = setTimeout(() => spinner.start(), PATIENCE_MILLISECONDS);
  const clock = setInterval(() => {
    spinner.suffixText = `${Math.round((performance.now() - began) / 1000)} s`;
  }, 1000);
  try {
    return await interruptible(work);
  } finally {
    clearTimeout(patience);
    clearInterval(clock);
    spinner.stop();
  }
}
