/** @file Whether predictions are right enough: the rows of `willfit crosscheck` against what is tolerated. */
import { median } from "mathjs";
import type { BackendName } from "../../train/machine.js";
import type { CrosscheckRow } from "./crosscheckRow.js";

/** Of predicted over measured step time, as fractions. */
export interface TimeTolerance {
  /** Of the median of all rows' absolute errors. */
  readonly median: number;
  /** Of every row. */
  readonly worst: number;
}

/**
 * What the time model of a calibrated host is to keep to. Memory, parameters and products have no tolerance: they are counted,
 * not estimated.
 */
export const timeTolerances: Readonly<Record<BackendName, TimeTolerance>> = {
  tensorflow: { median: 0.08, worst: 0.2 },
  wasm: { median: 0.12, worst: 0.3 },
  cpu: { median: 0.12, worst: 0.3 },
};

export interface CrosscheckSummary {
  readonly rows: number;
  readonly medianTimeError: number;
  readonly worstTimeError: number;
  readonly withinTimeTolerance: boolean;
  /** Rows whose predicted figure is the measured one. */
  readonly equalPeaks: number;
  readonly equalParams: number;
  readonly equalMultiplyAdds: number;
  /** Rows whose loss is a number. */
  readonly finiteLosses: number;
  /** Whether all that counts is as it should be. */
  readonly agrees: boolean;
}

export interface Judgement {
  readonly tolerance: TimeTolerance;
  /** Whether step times count: the constants of a host that nobody calibrated are guesses. */
  readonly judgesTime: boolean;
  /**
   * Whether products count. Where a backend lacks a kernel the executor computes some convolutions' gradients by other
   * operations, which nobody counts.
   */
  readonly judgesProducts: boolean;
}

export const peakIsEqual = ({ predicted, measured }: CrosscheckRow): boolean =>
  predicted.peakBytes === measured.peakBytes;
const paramsAreEqual = ({ predicted, measured }: CrosscheckRow): boolean =>
  predicted.params === measured.params;
export const productsAreEqual = ({ predicted, measured }: CrosscheckRow): boolean =>
  predicted.multiplyAdds === measured.multiplyAdds;

/** @param rows at least one */
export function summaryOf(
  rows: readonly CrosscheckRow[],
  { tolerance, judgesTime, judgesProducts }: Judgement,
): CrosscheckSummary {
  const errors = rows.map(({ timeError }) => Math.abs(timeError));
  const count = (isSo: (row: CrosscheckRow) => boolean) => rows.filter(isSo).length;
  const [medianTimeError, worstTimeError] = [median(errors), Math.max(...errors)];
  const withinTimeTolerance = medianTimeError <= tolerance.median && worstTimeError <= tolerance.worst;
  const equalPeaks = count(peakIsEqual);
  const equalParams = count(paramsAreEqual);
  const equalMultiplyAdds = count(productsAreEqual);
  const finiteLosses = count(({ measured }) => Number.isFinite(measured.loss));
  const counted = [equalPeaks, equalParams, finiteLosses, ...(judgesProducts ? [equalMultiplyAdds] : [])];
  return {
    rows: rows.length,
    medianTimeError,
    worstTimeError,
    withinTimeTolerance,
    equalPeaks,
    equalParams,
    equalMultiplyAdds,
    finiteLosses,
    agrees: counted.every((number) => number === rows.length) && (withinTimeTolerance || !judgesTime),
  };
}
