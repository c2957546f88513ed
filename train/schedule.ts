/**
 * @file The learning rate: linear warm-up, then a cosine to zero (arXiv 2205.01580, section 2).
 */
export interface Schedule {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly steps: number;
}

/** Learning rate of step `step`, the first being 0. */
export function learningRateAt({ peak, warmupSteps, steps }: Schedule, step: number): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = (step - warmupSteps) / Math.max(steps - warmupSteps, 1);
  return 0.5 * peak * (1 + Math.cos(Math.PI * progress));
}
