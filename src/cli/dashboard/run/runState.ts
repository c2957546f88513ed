/** @file What is known of a run while it goes, and what each thing that happens makes of it. */
import type { Evaluation } from "../../../../train/confusion.js";
import type { Measure } from "../../../../train/evaluate.js";
import type { Progress } from "../../../../train/train.js";
import { scoreWords } from "../../trainWords.js";
import { emptySeries, extended, type Series } from "./series.js";

export interface EvaluationOfEpoch {
  /** From 0. */
  readonly epoch: number;
  readonly evaluation: Evaluation;
  readonly measure: Measure;
}

/** A step as the clock had it. */
export interface TimedStep {
  /** The step alone. */
  readonly seconds: number;
  /** When it had ended, on a clock that only runs forward. */
  readonly endedAtSeconds: number;
}

export interface RunState {
  readonly parameters?: number;
  /** All steps of the run; unknown before it has started. */
  readonly steps?: number;
  /** Steps made before this start of the run. */
  readonly firstStep: number;
  readonly last?: Progress;
  /** Memory of the whole process after the last step. */
  readonly processBytes?: number;
  readonly losses: Series;
  /** The last few steps since the last evaluation. */
  readonly recent: readonly TimedStep[];
  readonly evaluations: readonly EvaluationOfEpoch[];
  /** Lines, the newest last. */
  readonly log: readonly string[];
  readonly isStopping: boolean;
  readonly showsHelp: boolean;
}

export type RunEvent =
  | { readonly kind: "started"; readonly parameters: number; readonly steps: number; readonly step: number }
  | {
      readonly kind: "stepped";
      readonly progress: Progress;
      readonly endedAtSeconds: number;
      readonly processBytes: number;
    }
  | ({ readonly kind: "evaluated" } & EvaluationOfEpoch)
  | { readonly kind: "noted"; readonly text: string }
  | { readonly kind: "stopping" }
  | { readonly kind: "help" };

/** Enough to judge the pace by, few enough to see it change. */
export const RECENT_STEPS = 50;
/** More than the tallest terminal shows. */
export const LOG_LINES = 1000;

export const initialRun: RunState = {
  firstStep: 0,
  losses: emptySeries,
  recent: [],
  evaluations: [],
  log: [],
  isStopping: false,
  showsHelp: false,
};

function logged(log: readonly string[], text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return [...log, ...lines].slice(-LOG_LINES);
}

export function runAfter(state: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case "started": {
      const { parameters, steps, step } = event;
      return { ...state, parameters, steps, firstStep: step };
    }
    case "stepped": {
      const { progress, endedAtSeconds, processBytes } = event;
      const recent = [...state.recent, { seconds: progress.seconds, endedAtSeconds }].slice(-RECENT_STEPS);
      const losses = extended(state.losses, progress.loss);
      return { ...state, last: progress, processBytes, losses, recent };
    }
    case "evaluated": {
      const { epoch, evaluation, measure } = event;
      return {
        ...state,
        recent: [],
        evaluations: [...state.evaluations, { epoch, evaluation, measure }],
        log: logged(state.log, `epoch ${epoch + 1}: ${scoreWords(evaluation, measure)}`),
      };
    }
    case "noted":
      return { ...state, log: logged(state.log, event.text) };
    case "stopping":
      return {
        ...state,
        isStopping: true,
        log: logged(state.log, "stopping after this step, with a checkpoint; once more stops at once"),
      };
    case "help":
      return { ...state, showsHelp: !state.showsHelp };
  }
}
