/** @file What is known of a run while it goes, and what each thing that happens makes of it. */
import type { Evaluation } from "../../../../train/confusion.js";
import type { Measure } from "../../../../train/measure.js";
import type { RunEnd } from "../../../../train/runFile.js";
import type { Progress } from "../../../../train/train.js";
import { scoreWords } from "../../trainWords.js";
import { emptySeries, extended, type Series } from "./series.js";

export interface EvaluationOfEpoch {
  /** From 0. */
  readonly epoch: number;
  /** The record of a run keeps no confusion. */
  readonly evaluation: Omit<Evaluation, "examples">;
  readonly measure: Measure;
}

/** How a run has ended: as it says itself, or it is gone without a word. */
export type Outcome = RunEnd["how"] | "killed";

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
  /** The most that tensors of any step took at once, where it was measured. */
  readonly peakBytes?: number;
  readonly losses: Series;
  /** The last few steps since the last evaluation. */
  readonly recent: readonly TimedStep[];
  readonly evaluations: readonly EvaluationOfEpoch[];
  /** Lines, the newest last. */
  readonly log: readonly string[];
  readonly isStopping: boolean;
  /** Absent while it goes. */
  readonly outcome?: Outcome;
  readonly showsHelp: boolean;
}

export type RunEvent =
  | { readonly kind: "started"; readonly parameters: number; readonly steps: number; readonly step: number }
  | { readonly kind: "stepped"; readonly progress: Progress; readonly endedAtSeconds: number }
  | ({ readonly kind: "evaluated" } & EvaluationOfEpoch)
  | { readonly kind: "noted"; readonly text: string }
  | { readonly kind: "stopping" }
  /** A process is to go on with it, and has not begun. */
  | { readonly kind: "preparing" }
  /** Its record begins anew: what was known of its steps is told again. */
  | { readonly kind: "rewound" }
  | { readonly kind: "ended"; readonly outcome: Outcome; readonly error?: string }
  | { readonly kind: "help" };

/** Enough to judge the pace by, few enough to see it change. */
const RECENT_STEPS = 50;
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

function preparing({ outcome: _, steps: __, ...state }: RunState): RunState {
  return { ...state, isStopping: false };
}

export function runAfter(state: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case "started": {
      const rest = preparing(state);
      const { parameters, steps, step } = event;
      return { ...rest, parameters, steps, firstStep: step };
    }
    case "stepped": {
      const { progress, endedAtSeconds } = event;
      const recent = [...state.recent, { seconds: progress.seconds, endedAtSeconds }].slice(-RECENT_STEPS);
      const losses = extended(state.losses, progress.loss);
      const peakBytes = Math.max(state.peakBytes ?? 0, progress.peakBytes ?? 0);
      return { ...state, last: progress, ...(peakBytes > 0 && { peakBytes }), losses, recent };
    }
    case "evaluated": {
      const { epoch, evaluation, measure } = event;
      const line = `epoch ${epoch + 1}: ${scoreWords(evaluation, measure)}`;
      return {
        ...state,
        recent: [],
        evaluations: [...state.evaluations, { epoch, evaluation, measure }],
        // A record that is read again says nothing new.
        log: state.log.includes(line) ? state.log : logged(state.log, line),
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
    case "preparing":
      return preparing(state);
    case "rewound": {
      const { last: _, peakBytes: __, ...rest } = state;
      return { ...rest, losses: emptySeries, recent: [], evaluations: [] };
    }
    case "ended": {
      const { outcome, error } = event;
      // The process has said it, too, where its lines are told.
      const isSaid = error === undefined || state.log.some((line) => line.includes(error));
      const log = isSaid ? state.log : logged(state.log, error);
      return { ...state, outcome, isStopping: false, log };
    }
    case "help":
      return { ...state, showsHelp: !state.showsHelp };
  }
}
