/**
 * @file Worker threads, and what is said when one of them ends: Piscina itself starts another in its place, but lets tasks wait for
 * ever where none can be started.
 */
import type { ResourceLimits } from "node:worker_threads";
import { Piscina } from "piscina";
import { UserError } from "./units/userError.js";

export interface WorkerPoolOptions {
  /** The compiled module, and which of its functions takes a task. */
  readonly filename: string;
  readonly name: string;
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly resourceLimits?: ResourceLimits;
}

export interface WorkerPool<Task, Result> {
  /** @throws UserError when the thread ends that has the task, or none can be started; whatever the task throws */
  readonly run: (task: Task) => Promise<Result>;
  /** Ends the threads; what they had not done is rejected. */
  readonly close: () => Promise<void>;
}

/** A thread has ended, and not for want of tasks. */
export class ThreadEnded extends UserError {}

/** Piscina's words for a thread that has ended by itself. */
const ENDED = /^worker exited with code: (\d+)$/;

/** What happened to a thread; anything else is what a task has thrown. */
function threadFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY")
    return new ThreadEnded("a worker thread ran out of memory");
  const status = ENDED.exec(error.message)?.[1];
  return status === undefined ? error : new ThreadEnded(`a worker thread ended with status ${status}`);
}

export function openPool<Task, Result>(options: WorkerPoolOptions): WorkerPool<Task, Result> {
  const pool = new Piscina(options);
  const waiting = new Set<(reason: UserError) => void>();
  let lastError = "";
  const failed = (error: unknown) => {
    [lastError = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  };
  // Of a thread that has no task, which nobody else is told of.
  pool.on("error", failed);
  pool.on("workerDestroy", () => {
    // By then Piscina has started another one, and rejected the task of this one.
    setImmediate(() => {
      if (pool.threads.length > 0) return;
      for (const reject of waiting)
        reject(new UserError(`a worker thread could not be started: ${lastError}`));
    });
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        pool
          .run(task)
          .then((result) => resolve(result as Result))
          .catch((error: unknown) => {
            failed(error);
            reject(threadFailure(error));
          })
          .finally(() => waiting.delete(reject));
      }),
    close: () => pool.destroy(),
  };
}
