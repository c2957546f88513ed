/**
 * @file Sweeps: every combination of some models, machines, plans and batches, predicted in a fixed order.
 */
import { groupsBy } from "../src/groupsBy.js";
import type { ModelOptions } from "../src/models/options.js";
import { buildModel, type ModelLike } from "../src/models/zoo.js";
import { type HardwareLike, loadHardware } from "./hardware.js";
import { onFrontier } from "./pareto.js";
import type { Prediction } from "./prediction.js";
import type { Query } from "./query.js";
import {
  addLeftOut,
  type LeftOut,
  outcomeOf,
  predictions,
  type SweepTask,
  type TaskOutcome,
} from "./sweepTask.js";

/** Each list in the order in which its values are to come. */
export interface SweepQuestion<M = string, H = string> {
  /** What is trained. */
  readonly models: readonly M[];
  /** Alternatives; `[{}]` for every model as it is. */
  readonly modelOptions: readonly ModelOptions[];
  /** What it is trained on. */
  readonly hardware: readonly H[];
  /** What each plan says other than by default. */
  readonly plans: readonly Query["plan"][];
  /** Examples of a step, over all devices. */
  readonly batches: readonly number[];
}

/** Of models and machines that need not be in any list. */
export type AnySweepQuestion = SweepQuestion<ModelLike, HardwareLike>;

/** One combination. */
export interface SweepRow extends Prediction {
  /** As they were asked for. */
  readonly modelOptions: ModelOptions;
  /**
   * Fits, and no other row of this model (with its options) and machine that fits has at least as many examples a second and at
   * most its peak memory, one of them better.
   */
  readonly pareto: boolean;
}

/** All combinations that can be predicted, and how many cannot. */
export interface Sweep {
  /** By model, its options, machine, plan and batch. */
  readonly rows: readonly SweepRow[];
  /** Those that cannot be, such as batches that do not divide among the devices. */
  readonly leftOut: LeftOut;
}

/** Told of each task that is done, in whatever order they are. */
type Done = (index: number, outcome: TaskOutcome) => void;

/** Runs some tasks of a list; ends early when the signal is aborted. */
export type RunTasks = (
  tasks: readonly SweepTask[],
  indices: readonly number[],
  done: Done,
  signal?: AbortSignal,
) => Promise<void>;

/** How a sweep is done. */
export interface SweepOptions {
  /** `onThreads(8)`; one after the other in this thread unless given. */
  readonly run?: RunTasks;
  /** Outcomes that are known already, by the index of their task. */
  readonly known?: ReadonlyMap<number, TaskOutcome>;
  /** For a progress bar, or to keep what is done. */
  readonly onTask?: Done;
  /** Ends the sweep early. */
  readonly signal?: AbortSignal;
}

/**
 * The tasks of a sweep, in the order of its rows.
 *
 * @throws UserError for an unknown model or machine
 */
export function sweepTasks(question: AnySweepQuestion): readonly SweepTask[] {
  const { models, modelOptions, hardware, plans, batches } = question;
  for (const machine of hardware) loadHardware(machine);
  return models.flatMap((model) => {
    // With one tower there is nothing to compare: the same rows would come once for each loss.
    const [firstLoss] = plans.map(({ loss }) => loss);
    const comparesTowers = buildModel(model).kind === "two-tower";
    const own = comparesTowers ? plans : plans.filter(({ loss }) => loss === firstLoss);
    return modelOptions.flatMap((options) =>
      hardware.flatMap((machine) =>
        own.map((plan) => ({ model, modelOptions: options, hardware: machine, plan, batches })),
      ),
    );
  });
}

/** Lets events through: Ctrl-C, and what is drawn. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Runs tasks in this thread, one after the other. */
export const runHere: RunTasks = async (tasks, indices, done, signal) => {
  for (const index of indices) {
    const answers: (Prediction | string)[] = [];
    for (const answer of predictions(tasks[index]!)) {
      answers.push(answer);
      await breathe();
      signal?.throwIfAborted();
    }
    done(index, outcomeOf(answers));
  }
};

/** Gives equal names and the same definitions the same number. */
function numbering(): (like: ModelLike | HardwareLike) => number {
  const numbers = new Map<ModelLike | HardwareLike, number>();
  return (like) => {
    const number = numbers.get(like) ?? numbers.size;
    numbers.set(like, number);
    return number;
  };
}

function rowsOf(tasks: readonly SweepTask[], outcomes: readonly TaskOutcome[]): readonly SweepRow[] {
  const rows = outcomes.flatMap(({ predictions }, i) =>
    predictions.map((prediction) => ({ ...prediction, modelOptions: tasks[i]!.modelOptions })),
  );
  const fitting = rows.flatMap((row, i) => (row.memory.verdict === "does-not-fit" ? [] : [i]));
  const taskOf = outcomes.flatMap(({ predictions }, i) => predictions.map(() => tasks[i]!));
  // Two definitions of one name are two models.
  const number = numbering();
  const ofOne = (i: number) => {
    const { model, modelOptions, hardware } = taskOf[i]!;
    return [number(model), JSON.stringify(modelOptions), number(hardware)].join();
  };
  const pareto = new Set<number>();
  for (const group of groupsBy(fitting, ofOne)) {
    const on = onFrontier(
      group.map((i) => {
        const { memory, time } = rows[i]!;
        return { peakBytes: memory.peakBytes, examplesPerSecond: time.examplesPerSecond };
      }),
    );
    group.forEach((row, i) => {
      if (on[i]) pareto.add(row);
    });
  }
  return rows.map((row, i) => ({ ...row, pareto: pareto.has(i) }));
}

/**
 * Predicts every combination. Those that cannot be are left out: a batch that does not divide among devices and microbatches, an
 * option that a model does not have.
 *
 * @throws UserError for an unknown model or machine
 */
export async function sweep(
  question: AnySweepQuestion,
  { run = runHere, known = new Map(), onTask, signal }: SweepOptions = {},
): Promise<Sweep> {
  const tasks = sweepTasks(question);
  const outcomes = new Map(known);
  const missing = tasks.flatMap((_, index) => (known.has(index) ? [] : [index]));
  const done: Done = (index, outcome) => {
    outcomes.set(index, outcome);
    onTask?.(index, outcome);
  };
  await run(tasks, missing, done, signal);
  const inOrder = tasks.map((_, index) => outcomes.get(index)!);
  const rows = rowsOf(tasks, inOrder);
  return { rows, leftOut: inOrder.map(({ leftOut }) => leftOut).reduce(addLeftOut, { count: 0 }) };
}
