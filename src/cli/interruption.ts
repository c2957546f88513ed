/** @file What ends a program from outside, and waiting for what takes longer than a second, which shows that it goes on. */
import { constants } from "node:os";
import type { Terminal } from "./terminal.js";

/** Ctrl-C, what asks a program to end, and what it gets when its terminal is closed. */
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type EndingSignal = (typeof ENDING_SIGNALS)[number];

/** The exit status of what a signal has ended, as shells count: 130, 143 and 129. */
export const statusAfter = (signal: EndingSignal): number => 128 + constants.signals[signal];

/** Exit status after Ctrl-C. */
export const INTERRUPTED = statusAfter("SIGINT");

/** Whether a program has ended with this status because of a signal, having tidied up. */
export const isInterruption = (status: number | undefined): boolean =>
  ENDING_SIGNALS.some((signal) => status === statusAfter(signal));

/** Thrown through a command that a signal has ended and that has tidied up. */
export class Interrupted extends Error {
  /** @param message one line: what is kept, and how to go on */
  constructor(
    readonly signal: EndingSignal,
    message = "interrupted",
  ) {
    super(message);
  }
}

/** npm, which `npx` is, passes on the Ctrl-C that the terminal has sent to all anyway: what comes so soon is no second one. */
const SAME_PRESS_MILLISECONDS = 300;

/** What is there sooner needs no spinner. */
const PATIENCE_MILLISECONDS = 300;

/**
 * Waits for work that is told of the first signal that would end the program, so that it can tidy up. A second one ends it at
 * once.
 */
export async function withSignals<T>(
  onSignal: (signal: EndingSignal) => void,
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  let pressed: number | undefined;
  const heard = (signal: EndingSignal) => {
    const now = performance.now();
    if (pressed !== undefined && now - pressed > SAME_PRESS_MILLISECONDS) process.exit(statusAfter(signal));
    // A terminal that closes is no key: whoever else has noticed may ask this program to end, too.
    if (signal !== "SIGHUP") pressed ??= now;
    if (!told) onSignal(signal);
    told = true;
  };
  const listeners = ENDING_SIGNALS.map((signal) => ({ signal, listener: () => heard(signal) }));
  for (const { signal, listener } of listeners) process.on(signal, listener);
  try {
    return await work();
  } finally {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  }
}

/**
 * Waits for `work`, which a signal such as Ctrl-C's ends.
 *
 * @param work ends early, and tidies up, when its signal is aborted
 * @throws Interrupted when the person presses Ctrl-C
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  try {
    return await withSignals(
      (signal) => controller.abort(new Interrupted(signal)),
      () => work(controller.signal),
    );
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
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
