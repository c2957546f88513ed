/** @file Runs an experiment: every variant of every comparison with the same seeds, and what came out. */
import { mean, std } from "mathjs";
import type { ImageDataset } from "./data/dataset.js";
import type { Comparison, Experiment, Variant } from "./experiments.js";
import type { TrainingOptions } from "./setup.js";
import { train } from "./train.js";

/** Share of the steps in which the learning rate rises. */
const WARMUP_SHARE = 0.1;

/** One run of an experiment. */
export interface Trial {
  readonly comparison: Comparison;
  readonly variant: Variant;
  readonly seed: number;
}

export interface ExperimentQuestion {
  readonly experiment: Experiment;
  readonly dataset: ImageDataset;
  /** Each variant is trained with the seeds 1, 2, … to this one. */
  readonly seeds: number;
  readonly epochs: number;
}

/** All runs, the variants of one seed one after the other: what is stopped half-way has compared something. */
export function trialsOf({
  experiment,
  seeds,
}: Pick<ExperimentQuestion, "experiment" | "seeds">): readonly Trial[] {
  return experiment.comparisons.flatMap((comparison) =>
    Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
      comparison.variants.map((variant) => ({ comparison, variant, seed })),
    ),
  );
}

function optionsOf({ experiment, dataset, epochs }: ExperimentQuestion, trial: Trial): TrainingOptions {
  const { comparison, variant, seed } = trial;
  const { globalBatch, learningRate } = comparison;
  const steps = Math.floor(dataset.train.count / globalBatch) * epochs;
  return {
    model: experiment.model,
    modelOptions: { ...experiment.modelOptions, ...variant.modelOptions },
    plan: { ...variant.plan, globalBatch },
    dataset,
    epochs,
    learningRate,
    warmupSteps: Math.round(WARMUP_SHARE * steps),
    seed,
    resume: false,
    checkpointEvery: Number.POSITIVE_INFINITY,
  };
}

export interface ExperimentHooks {
  /** Accuracies that an earlier run has found, by the number of the trial. */
  readonly known: ReadonlyMap<number, number>;
  readonly onStep?: (trial: number, step: number, steps: number) => void;
  readonly onTrial?: (trial: number, accuracy: number) => void;
  /** Asked after every step; true ends the experiment. */
  readonly shouldStop?: () => boolean;
}

/** @returns the accuracy of each trial, in their order; undefined when it was stopped */
export async function runExperiment(
  question: ExperimentQuestion,
  { known, onStep, onTrial, shouldStop }: ExperimentHooks,
): Promise<readonly number[] | undefined> {
  const accuracies: number[] = [];
  for (const [index, trial] of trialsOf(question).entries()) {
    const before = known.get(index);
    if (before !== undefined) {
      accuracies.push(before);
      continue;
    }
    const { finished, evaluations } = await train(optionsOf(question, trial), {
      onStep: ({ step, steps }) => onStep?.(index, step, steps),
      ...(shouldStop && { shouldStop }),
    });
    if (!finished) return undefined;
    const { accuracy } = evaluations.at(-1)!;
    onTrial?.(index, accuracy);
    accuracies.push(accuracy);
  }
  return accuracies;
}

/** What came out of one variant. */
interface VariantResult {
  readonly comparison: string;
  readonly variant: string;
  /** By seed, from 1. */
  readonly accuracies: readonly number[];
  readonly mean: number;
  /** Standard deviation between seeds (n − 1); 0 of one seed. */
  readonly spread: number;
}

/** How far the first variant of a comparison is ahead of the second. */
interface Difference {
  readonly comparison: string;
  readonly mean: number;
  /** Standard error of the mean, seeds paired; 0 of one seed. */
  readonly error: number;
}

export interface ExperimentResult {
  readonly variants: readonly VariantResult[];
  readonly differences: readonly Difference[];
}

const spreadOf = (values: readonly number[]) => (values.length < 2 ? 0 : Number(std([...values])));

/** @param accuracies of all trials, in their order */
export function resultOf(
  question: Pick<ExperimentQuestion, "experiment" | "seeds">,
  accuracies: readonly number[],
): ExperimentResult {
  const trials = trialsOf(question);
  const of = (comparison: Comparison, variant: Variant) =>
    accuracies.filter((_, i) => trials[i]!.comparison === comparison && trials[i]!.variant === variant);
  const { comparisons } = question.experiment;
  return {
    variants: comparisons.flatMap((comparison) =>
      comparison.variants.map((variant): VariantResult => {
        const found = of(comparison, variant);
        return {
          comparison: comparison.name,
          variant: variant.name,
          accuracies: found,
          mean: mean([...found]),
          spread: spreadOf(found),
        };
      }),
    ),
    differences: comparisons.map((comparison): Difference => {
      const [first, second] = comparison.variants.map((variant) => of(comparison, variant)) as [
        number[],
        number[],
      ];
      const ahead = first.map((accuracy, i) => accuracy - second[i]!);
      return {
        comparison: comparison.name,
        mean: mean([...ahead]),
        error: spreadOf(ahead) / Math.sqrt(ahead.length),
      };
    }),
  };
}
