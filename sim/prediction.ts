/**
 * @file What a prediction says: the `--json` contract. SI base units throughout: bytes, seconds, examples.
 */
import type { Recipe } from "../src/recipes/recipes.js";
import type { Plan } from "../src/transforms/plan.js";

/** `fits-with-recompute`: only because the compiler computes some values twice to save memory. */
export type Verdict = "fits" | "fits-with-recompute" | "does-not-fit";

export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
}

export interface TimePart {
  readonly name: string;
  readonly seconds: number;
}

/** Per device. */
export interface MemoryPrediction {
  readonly verdict: Verdict;
  /** What is needed at the worst moment of the step, after recomputation where the compiler would recompute. */
  readonly peakBytes: number;
  readonly capacityBytes: number;
  /** Parameters, optimizer state and batch, there for the whole step. */
  readonly argumentBytes: number;
  readonly tempBytes: number;
  /** What is alive at the worst moment; adds up to `peakBytes`. */
  readonly parts: readonly MemoryPart[];
}

export interface TimePrediction {
  readonly stepSeconds: number;
  readonly examplesPerSecond: number;
  /** Model FLOPs (forward and backward, nothing recomputed) over what the chips could do in a step. */
  readonly modelFlopsUtilization: number;
  /** Add up to `stepSeconds`. */
  readonly parts: readonly TimePart[];
}

export interface ErrorEstimate {
  /** What nine in ten absolute errors on the rows of `basis` are within; null where nothing comparable was checked. */
  readonly errorPercent: number | null;
  readonly basis: string;
}

export interface Prediction {
  readonly model: string;
  readonly hardware: string;
  readonly devices: number;
  readonly globalBatch: number;
  readonly batchPerDevice: number;
  readonly plan: Plan;
  readonly params: number;
  /** Whole mesh, 2 per multiply-add, the program as it runs. */
  readonly flopsPerStep: number;
  /** One example, forward and backward, nothing recomputed. */
  readonly modelFlopsPerExample: number;
  readonly memory: MemoryPrediction;
  readonly time: TimePrediction;
  readonly confidence: { readonly memory: ErrorEstimate; readonly time: ErrorEstimate };
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
  readonly change: string;
  /** How it is asked for on the command line. */
  readonly flags: string;
  /** The same, as what it changes in a plan. */
  readonly plan: Partial<Omit<Plan, "globalBatch">>;
  readonly peakBytes: number;
  readonly stepSeconds: number;
  readonly fits: boolean;
}

/** Chips of one kind on which the batch fits with the plan as it is. */
export interface FittingChips {
  readonly hardware: string;
  readonly devices: number;
  readonly chips: number;
}

export interface FitAnswer extends Prediction {
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
