/**
 * @file One task of a sweep: all batches of one model, machine and plan. Also what a worker thread of a sweep loads.
 */
import type { ModelOptions } from "../src/models/options.js";
import type { ModelLike } from "../src/models/zoo.js";
import { UserError } from "../src/units/userError.js";
import type { HardwareLike } from "./hardware.js";
import { predict } from "./predict.js";
import type { Prediction } from "./prediction.js";
import type { Query } from "./query.js";

/** Questions that differ in their batch only: what is known of the program of one serves the next. */
export interface SweepTask {
  readonly model: ModelLike;
  readonly modelOptions: ModelOptions;
  readonly hardware: HardwareLike;
  readonly plan: Query["plan"];
  readonly batches: readonly number[];
}

/** Configurations that cannot be. */
export interface LeftOut {
  readonly count: number;
  /** What is wrong with the first of them. */
  readonly reason?: string;
}

/** Plain data: it passes between threads, and is kept as JSON. */
export interface TaskOutcome {
  /** In the order of the task's batches. */
  readonly predictions: readonly Prediction[];
  readonly leftOut: LeftOut;
}

export function addLeftOut(a: LeftOut, b: LeftOut): LeftOut {
  const reason = a.reason ?? b.reason;
  return { count: a.count + b.count, ...(reason !== undefined && { reason }) };
}

/** Predicts batch after batch; what is wrong with a question comes as text. */
export function* predictions({ batches, ...rest }: SweepTask): Generator<Prediction | string> {
  for (const globalBatch of batches) {
    try {
      yield predict({ ...rest, globalBatch });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      yield error.message;
    }
  }
}

/** Sorts what `predictions` yielded. */
export function outcomeOf(answers: readonly (Prediction | string)[]): TaskOutcome {
  const leftOut = answers.filter((answer) => typeof answer === "string");
  const [reason] = leftOut;
  return {
    predictions: answers.filter((answer) => typeof answer !== "string"),
    leftOut: { count: leftOut.length, ...(reason !== undefined && { reason }) },
  };
}

/** The whole task at once, for workers. */
export function runTask(task: SweepTask): TaskOutcome {
  return outcomeOf([...predictions(task)]);
}
