/**
 * @file How the papers' runs are trained, besides model and plan: rates, decay, augmentation and labels, as data. A
 * run of another batch or another length gets what the recipe means for it.
 */
import type { Hyperparameters } from "../transforms/optimizers/rule.js";

export interface Training {
  /** Times to see every example. */
  readonly epochs: number;
  /** At its highest, at the recipe's batch. */
  readonly learningRate: number;
  /** Whether the rate grows with the batch (arXiv 1706.02677, section 2.1). */
  readonly scalesWithBatch: boolean;
  /** Of the recipe's steps; a cosine follows. */
  readonly warmupSteps: number;
  /** What differs from the optimizer's defaults. */
  readonly hyperparameters: Partial<Hyperparameters>;
  /** What training images go through, as train/data/augmentation.ts reads it. */
  readonly augment: string;
  /** Both parameters of the beta distribution that MixUp draws from; 0 mixes nothing. */
  readonly mixup: number;
  /** Share of a label's probability that all classes get alike. */
  readonly labelSmoothing: number;
  /**
   * Decay of the parameters' moving average, 0 for none. Here and not in the recipe's plan, for published step times leave it
   * out.
   */
  readonly ema: number;
  /** What the source does not say, and what is left out here. */
  readonly assumed?: string;
}

/** What a recipe that was written for `batch` and `steps` means for a run of others. */
export interface ScaledTraining {
  readonly learningRate: number;
  readonly warmupSteps: number;
}

/**
 * The rate grows with the batch where the recipe says so; the warm-up keeps its share of the steps, for ten thousand
 * steps of it in a run of a thousand would never reach the rate.
 */
export function scaledTraining(
  { learningRate, scalesWithBatch, warmupSteps }: Training,
  recipe: { readonly globalBatch: number; readonly steps: number },
  run: { readonly batch: number; readonly steps: number },
): ScaledTraining {
  return {
    learningRate: scalesWithBatch ? (learningRate * run.batch) / recipe.globalBatch : learningRate,
    warmupSteps: Math.round((warmupSteps * run.steps) / recipe.steps),
  };
}

/** Inception's crop and a flip: what all residual networks are trained with at least. */
const CROP_AND_FLIP = "inception-crop|flip";

/**
 * arXiv 2205.01580, section 2, and big_vision's vit_s16_i1k.py. There the decay of 1e-4 does not pass through the
 * learning rate of 1e-3; here it does.
 */
export const plainVitTraining = {
  learningRate: 1e-3,
  scalesWithBatch: false,
  warmupSteps: 10_000,
  hyperparameters: { weightDecay: 0.1, beta1: 0.9, beta2: 0.999, clipNorm: 1 },
  augment: `${CROP_AND_FLIP}|randaugment(2,10)`,
  mixup: 0.2,
  labelSmoothing: 0,
  ema: 0,
} as const satisfies Omit<Training, "epochs">;

/**
 * 0.1 for each 256 examples after five epochs of warm-up is arXiv 1706.02677, sections 2.1 and 5.1; label smoothing of 0.1
 * is arXiv 1512.00567, section 7. `assumed` has the rest.
 */
export function residualTraining(
  run: { readonly epochs: number; readonly globalBatch: number; readonly stepsPerEpoch: number },
  changes: Partial<Training> = {},
): Training {
  return {
    epochs: run.epochs,
    learningRate: (0.1 * run.globalBatch) / 256,
    scalesWithBatch: true,
    warmupSteps: Math.round(5 * run.stepsPerEpoch),
    hyperparameters: { momentum: 0.9, weightDecay: 5e-5 },
    augment: CROP_AND_FLIP,
    mixup: 0,
    labelSmoothing: 0.1,
    ema: 0,
    assumed: "weight decay of 5e-5, a cosine, and no moving average; the source's own were not at hand",
    ...changes,
  };
}

/** arXiv 2101.11605, section 4.8: EfficientNet's setting, here with SGD; `assumed` has what was not at hand. */
export const botnetTraining: Partial<Training> = {
  hyperparameters: { momentum: 0.9, weightDecay: 4e-5 },
  augment: `${CROP_AND_FLIP}|randaugment(2,15)`,
  ema: 0.9999,
  assumed:
    "weight decay of 4e-5, a moving average of 0.9999, RandAugment's magnitude of 15 and five epochs of warm-up; dropout is left out",
};

/** arXiv 2303.15343, section 4: Adafactor with its second moment capped at 0.95; `assumed` has what was not at hand. */
export const siglipTraining: Training = {
  epochs: 1,
  learningRate: 1e-3,
  scalesWithBatch: false,
  warmupSteps: 10_000,
  hyperparameters: { weightDecay: 0.1, beta1: 0.9, beta2: 0.95, clipNorm: 1 },
  augment: "none",
  mixup: 0,
  labelSmoothing: 0,
  ema: 0,
  assumed:
    "decay as in the plain ViT's, 10,000 steps of warm-up and a cosine; one epoch, for 2.4e9 pairs are less than one of WebLI",
};
