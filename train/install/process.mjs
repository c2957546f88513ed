// @ts-check
/** @file Running other programs with a time limit, and talking about it. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** @param {string} message */
export function say(message) {
  process.stderr.write(`willfit: ${message}\n`);
}

/**
 * Whether a program is on the PATH (or is at the path that was given).
 *
 * @param {string} command
 */
export function isCommand(command) {
  const folders = command.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @type {Set<() => void>} what is to be undone when the person presses Ctrl-C */
const leftovers = new Set();
for (const [signal, number] of /** @type {const} */ ([
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
])) {
  process.on(signal, () => {
    for (const remove of leftovers) remove();
    process.exit(128 + number);
  });
}

/**
 * Runs `body`, and then `remove`, also when a signal ends the process before `body` does.
 *
 * @template T
 * @param {() => Promise<T>} body
 * @param {() => void} remove
 */
export async function leavingNothing(body, remove) {
  leftovers.add(remove);
  try {
    return await body();
  } finally {
    leftovers.delete(remove);
    remove();
  }
}

/**
 * Ends a program and what it started.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
function stop(child) {
  try {
    // A negative number is a process group, which Windows does not have.
    if (process.platform === "win32") child.kill("SIGKILL");
    else if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/**
 * Runs a program to its end or its time limit, whichever is first; what it prints is kept, not shown.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout: number }} options timeout in milliseconds
 * @returns {Promise<{ status: number | null, output: string }>} status is null when it could not be started or was
 *   stopped; the last line of the output says which
 */
export async function run(command, args, { cwd, env, timeout }) {
  // A group of its own, so that the compilers it started end with it.
  const detached = process.platform !== "win32";
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached });
  let output = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-100_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  /** @type {Promise<{ status: number | null, note: string }>} */
  const ended = new Promise((resolve) => {
    const limit = setTimeout(() => {
      stop(child);
      // What it started may hold its output open beyond its end.
      resolve({ status: null, note: `it took longer than ${timeout / 1000} s` });
    }, timeout);
    const end = (/** @type {number | null} */ status, /** @type {string} */ note) => {
      clearTimeout(limit);
      resolve({ status, note });
    };
    child.on("error", (error) => end(null, error.message));
    child.on("close", (status) => end(status, ""));
  });
  const { status, note } = await leavingNothing(
    () => ended,
    () => stop(child),
  );
  return { status, output: `${output.trim()}\n${note}`.trim() };
}

/**
 * The line of a program's output that says most about why it failed.
 *
 * @param {string} output
 */
export function reasonIn(output) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const last = lines.at(-1) ?? "it said nothing";
  return /longer than/.test(last) ? last : (lines.findLast((line) => /error/i.test(line)) ?? last).trim();
}
