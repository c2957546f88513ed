/**
 * @file What a prediction says: the `--json` contract. SI base units throughout: bytes, seconds, examples.
 */
import type { Recipe } from "../src/recipes/recipes.js";
import type { Plan } from "../src/transforms/plan.js";

/** `fits-with-recompute`: only because the compiler computes some values twice to save memory. */
export type Verdict = "fits" | "fits-with-recompute" | "does-not-fit";

/** A share of a device's memory. */
export interface MemoryPart {
  /** What the bytes hold: `parameters`, `saved activations` and the like. */
  readonly name: string;
  /** With the padding of their layouts. */
  readonly bytes: number;
}

/** A share of a step's time, or of a run's. */
export interface TimePart {
  /** What the time goes into: `matrix products`, `collectives` and the like. */
  readonly name: string;
  /** Of one step; of a run's parts, all of it. */
  readonly seconds: number;
}

/** Per device. */
export interface MemoryPrediction {
  /** Whether it fits. */
  readonly verdict: Verdict;
  /** What is needed at the worst moment of the step, after recomputation where the compiler would recompute. */
  readonly peakBytes: number;
  /** What the runtime leaves to a program. */
  readonly capacityBytes: number;
  /** Parameters, optimizer state and batch, there for the whole step. */
  readonly argumentBytes: number;
  /** What comes and goes within a step, at its worst moment. */
  readonly tempBytes: number;
  /** What is alive at the worst moment; adds up to `peakBytes`. */
  readonly parts: readonly MemoryPart[];
}

/** One training step. */
export interface TimePrediction {
  /** Forward, backward, collectives and update. */
  readonly stepSeconds: number;
  /** Over all devices. */
  readonly examplesPerSecond: number;
  /** Model FLOPs (forward and backward, nothing recomputed) over what the chips could do in a step. */
  readonly modelFlopsUtilization: number;
  /** Add up to `stepSeconds`. */
  readonly parts: readonly TimePart[];
}

/** How sure a figure is. */
export interface ErrorEstimate {
  /** What nine in ten absolute errors on the rows of `basis` are within; null where nothing comparable was checked. */
  readonly errorPercent: number | null;
  /** What the error is taken from, in words. */
  readonly basis: string;
}

/** Memory and time of one training step: what `willfit predict --json` prints. */
export interface Prediction {
  /** What it is called. */
  readonly model: string;
  /** What the machine is called. */
  readonly hardware: string;
  /** That share the batch. */
  readonly devices: number;
  /** Examples of a step, over all devices. */
  readonly globalBatch: number;
  /** Examples of a step on each device. */
  readonly batchPerDevice: number;
  /** All of it, defaults included. */
  readonly plan: Plan;
  /** Parameters of the model. */
  readonly params: number;
  /** Whole mesh, 2 per multiply-add, the program as it runs. */
  readonly flopsPerStep: number;
  /** One example, forward and backward, nothing recomputed. */
  readonly modelFlopsPerExample: number;
  /** Of one device. */
  readonly memory: MemoryPrediction;
  /** Of one step. */
  readonly time: TimePrediction;
  /** How sure memory and time are. */
  readonly confidence: {
    /** Of `memory.peakBytes`. */
    readonly memory: ErrorEstimate;
    /** Of `time.stepSeconds`. */
    readonly time: ErrorEstimate;
  };
  /** The whole run, when the question is a recipe. */
  readonly run?: Run;
}

/** A recipe's run. */
export interface Run {
  readonly recipe: string;
  readonly steps: number;
  readonly hours: number;
  /** Hours times chips; a chip of v3 is two devices. */
  readonly chipHours: number;
  /** At the list price; absent where the profile has none. */
  readonly dollars?: number;
  /** Add up to `hours`. */
  readonly parts: readonly TimePart[];
  /** Whether model, machine and batch are the recipe's own: then the published time is comparable. */
  readonly isAsPublished: boolean;
  /** What its paper says of it. */
  readonly published: Pick<Recipe, "result" | "time" | "assumed" | "source">;
}

/** A change of plan that would make the batch fit. */
export interface Suggestion {
  /** The change in words. */
  readonly change: string;
  /** How it is asked for on the command line. */
  readonly flags: string;
  /** The same, as what it changes in a plan. */
  readonly plan: Partial<Omit<Plan, "globalBatch">>;
  /** What a device needs with it. */
  readonly peakBytes: number;
  /** What a step takes with it. */
  readonly stepSeconds: number;
  /** Whether that is enough. */
  readonly fits: boolean;
}

/** Chips of one kind on which the batch fits with the plan as it is. */
export interface FittingChips {
  readonly hardware: string;
  readonly devices: number;
  readonly chips: number;
}

/** A prediction, whether it fits, and what to change: what `willfit fit --json` prints. */
export interface FitAnswer extends Prediction {
  /** With recomputation by the compiler where that is enough. */
  readonly fits: boolean;
  /** Largest global batch that fits with this plan (recomputation by the compiler allowed); 0 if none does. */
  readonly largestBatch: number;
  /** Largest global batch for which the compiler recomputes nothing. */
  readonly largestBatchWithoutRecompute: number;
  /** Cheapest in time first. */
  readonly suggestions: readonly Suggestion[];
  /** Where the batch does not fit: the fewest chips of each kind on which it would as it is, the fewest first. */
  readonly chips: readonly FittingChips[];
}
