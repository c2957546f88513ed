/** @file A batch curve: what a step takes with smaller and larger batches. */
import { UserError } from "../src/units/userError.js";
import { loadHardware } from "./hardware.js";
import { predict } from "./predict.js";
import type { Verdict } from "./prediction.js";
import type { AnyQuery } from "./query.js";
import { sizedTrainingSteps } from "./trainingSteps.js";

export interface BatchPoint {
  readonly globalBatch: number;
  readonly stepSeconds: number;
  readonly peakBytes: number;
  readonly verdict: Verdict;
  readonly examplesPerSecond: number;
}

/** What a batch curve is drawn around. */
export interface BatchRange {
  /** What every batch has to be a multiple of: devices times microbatches. */
  readonly unit: number;
  readonly globalBatch: number;
  /** That fits; 0 where none does. */
  readonly largestBatch: number;
}

/** With one more for the question's own batch; each is a prediction, and a curve is clear with fewer. */
const MOST_POWERS = 11;

/** Shown below the smaller and above the larger of the question's batch and the largest one, in powers of two. */
const [BELOW, ABOVE] = [3, 1];

/**
 * The batches that a curve shows: twice, four times … what they have to be a multiple of, around the question's batch and the
 * largest one, and the question's own. Where these are too far apart for every power of two, every second, third … is left.
 */
export function curveBatches({ unit, globalBatch, largestBatch }: BatchRange): readonly number[] {
  const ends = largestBatch > 0 ? [globalBatch, largestBatch] : [globalBatch];
  const power = (batch: number) => Math.max(0, Math.log2(batch / unit));
  const first = Math.max(0, Math.floor(power(Math.min(...ends))) - BELOW);
  const last = Math.ceil(power(Math.max(...ends))) + ABOVE;
  const stride = Math.ceil((last - first + 1) / MOST_POWERS);
  const batches = new Set([globalBatch]);
  for (let exponent = last; exponent >= first; exponent -= stride) batches.add(unit * 2 ** exponent);
  return [...batches].sort((a, b) => a - b);
}

/**
 * Predicts a query with other batches; those that its plan refuses are left out.
 *
 * @throws UserError for an unknown model or hardware
 */
export function batchCurve(query: AnyQuery, batches: readonly number[]): readonly BatchPoint[] {
  // What is wrong with every batch is not left out, but said.
  sizedTrainingSteps(query, loadHardware(query.hardware).devices);
  return batches.flatMap((globalBatch): readonly BatchPoint[] => {
    try {
      const { memory, time } = predict({ ...query, globalBatch });
      const { stepSeconds, examplesPerSecond } = time;
      const { peakBytes, verdict } = memory;
      return [{ globalBatch, stepSeconds, peakBytes, verdict, examplesPerSecond }];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}
