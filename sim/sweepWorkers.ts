/**
 * @file The tasks of a sweep on worker threads.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type RunTasks, runHere } from "./sweep.js";
import type { SweepTask, TaskOutcome } from "./sweepTask.js";

/**
 * A worker loads the simulator and warms up first, on two cores half a second or more: what some dozens of predictions take. For
 * fewer than these for each thread they are sooner made here.
 */
const WORTH_A_WORKER = 32;

/** A prediction allocates some megabytes that are garbage at its end: room for several took a
 * sweep of 10,240 configurations from 61 to 52 seconds. */
const YOUNG_GENERATION_MEGABYTES = 64;

/** Workers run JavaScript: there is none beside the sources, only beside the compiled form of this file. */
const compiled = fileURLToPath(new URL("./sweepTask.js", import.meta.url));

/**
 * Runs tasks on up to `threads` worker threads; in this one where that is as fast, and those of models of one's own: functions do
 * not pass between threads.
 *
 * @param worker the compiled module with `runTask`
 * @returns a function for `sweep`, whose outcomes are those of `runHere`; a thread that ends is a UserError
 */
export function onThreads(threads: number, worker = compiled): RunTasks {
  return async (tasks, indices, done, signal) => {
    const passing = indices.filter((index) => typeof tasks[index]!.model === "string");
    const configurations = passing.reduce((sum, index) => sum + tasks[index]!.batches.length, 0);
    const useful = Math.min(threads, passing.length, Math.floor(configurations / WORTH_A_WORKER));
    if (useful < 2 || !existsSync(worker)) return runHere(tasks, indices, done, signal);
    const staying = indices.filter((index) => typeof tasks[index]!.model !== "string");
    const { openPool } = await import("../src/workerPool.js");
    const pool = openPool<SweepTask, TaskOutcome>({
      filename: worker,
      name: "runTask",
      minThreads: useful,
      maxThreads: useful,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MEGABYTES },
    });
    const stop = () => void pool.close();
    signal?.addEventListener("abort", stop);
    try {
      await Promise.all([
        runHere(tasks, staying, done, signal),
        ...passing.map(async (index) => {
          const outcome = await pool.run(tasks[index]!);
          if (!signal?.aborted) done(index, outcome);
        }),
      ]);
      signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener("abort", stop);
      await pool.close();
    }
  };
}
