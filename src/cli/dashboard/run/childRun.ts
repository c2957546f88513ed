/** @file A run that is trained by a process of its own, which this one has started: its lines, its end, and how it is stopped. */
import { execa } from "execa";
import { isInterruption } from "../../interruption.js";
import { isBarLine, STOPPING } from "../../trainView.js";
import type { Outcome } from "./runState.js";

/** A program with its first arguments. */
export type Executable = readonly [program: string, ...first: string[]];

/** This program, once more. */
export const ownExecutable = (): Executable => [process.execPath, process.argv[1]!];

export interface ChildEnd {
  readonly outcome: Outcome;
  /** What it said last, or why it said nothing. */
  readonly words: string;
}

export interface ChildRun {
  /** Unknown when it could not be started. */
  readonly processId: number | undefined;
  /** Asks it to end after the step at hand, with a checkpoint; the second time ends it at once. */
  readonly stop: () => void;
  readonly closed: Promise<ChildEnd>;
}

export interface ChildOptions {
  readonly arguments: readonly string[];
  readonly directory: string;
  /** Told of each line that it says, except those that say what is known anyway. */
  readonly onLine: (line: string) => void;
}

/** Evaluations are in the record, and who stops it knows. */
const isKnown = (line: string) => line === STOPPING || /^epoch \d+: /.test(line);

const lastLine = (text: string | undefined) => text?.trim().split("\n").at(-1) || undefined;

interface Result {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout: string;
  /** Why it could not be started. */
  readonly originalMessage?: string | undefined;
}

function endOf(
  { exitCode, signal, stdout, originalMessage }: Result,
  lastSaid: string | undefined,
): ChildEnd {
  const answer = lastLine(stdout);
  if (exitCode === 0) return { outcome: "finished", words: answer ?? "finished" };
  if (isInterruption(exitCode) && answer !== undefined) return { outcome: "stopped", words: answer };
  if (isInterruption(exitCode) || signal === "SIGINT")
    return { outcome: "killed", words: "ended before there was a checkpoint of this start" };
  if (signal !== undefined) return { outcome: "killed", words: `ended by ${signal}` };
  if (exitCode === undefined)
    return { outcome: "failed", words: `could not be started: ${originalMessage ?? "no reason given"}` };
  const status = `status ${exitCode}`;
  return { outcome: "failed", words: lastSaid === undefined ? status : `${lastSaid} (${status})` };
}

/** Starts a run. What keeps it from starting is told as its end. */
export function startChild(
  [program, ...first]: Executable,
  { arguments: given, directory, onLine }: ChildOptions,
): ChildRun {
  const child = execa(program, [...first, ...given], {
    cwd: directory,
    reject: false,
    stdin: "ignore",
    // Its lines are shown as they are. Node warns where both are set.
    env: { NO_COLOR: "1", FORCE_COLOR: undefined },
  });
  let lastSaid: string | undefined;
  const listen = async () => {
    for await (const line of child.iterable({ from: "stderr" })) {
      if (line.trim() === "" || isBarLine(line)) continue;
      lastSaid = line;
      if (!isKnown(line)) onLine(line);
    }
  };
  const closed = async (): Promise<ChildEnd> => {
    // A process that could not be started ends its streams with the failure that its result tells.
    const [result] = await Promise.all([child, listen().catch(() => undefined)]);
    return endOf(result, lastSaid);
  };
  let stops = 0;
  return {
    processId: child.pid,
    stop: () => {
      stops += 1;
      child.kill(stops === 1 ? "SIGINT" : "SIGKILL");
    },
    closed: closed(),
  };
}
