// @ts-check
/** @file Running other programs with a time limit, and talking about it. */
import { spawn } from "node:child_process";

/** @param {string} message */
export function say(message) {
  process.stderr.write(`willfit: ${message}\n`);
}

/**
 * Runs a program to its end or its time limit, whichever is first; what it prints is kept, not shown.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout: number }} options timeout in milliseconds
 * @returns {Promise<{ status: number | null, output: string }>} status is null when it could not be started or was
 *   stopped
 */
export function run(command, args, { cwd, env, timeout }) {
  return new Promise((resolve) => {
    // A group of its own, so that the compilers it started end with it.
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-100_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const stop = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    };
    const interrupt = () => {
      stop();
      process.exit(130);
    };
    const timer = setTimeout(() => {
      output += `\nstopped after ${timeout / 1000} s`;
      stop();
    }, timeout);
    process.once("SIGINT", interrupt);
    const end = (/** @type {number | null} */ status) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupt);
      resolve({ status, output });
    };
    child.on("error", (error) => {
      output += error.message;
      end(null);
    });
    child.on("close", end);
  });
}
