/**
 * @file Finds a host's constants from measurements of single operations: for each class of kernels, non-negative least squares
 * of seconds over amounts of work, robust against what something else on the machine has disturbed. No measurement of a
 * whole step enters but for what steps take beyond their operations.
 */
import { mean, median } from "mathjs";
import { fcnnlsVector } from "ml-fcnnls";
import type { HostStep } from "../src/program/hostGroups.js";
import type { HostProgram } from "../src/program/hostMemory.js";
import { formatType } from "../src/program/types.js";
import type { HostProfile } from "./hardware.js";
import { type AmountName, amountNames } from "./hostAmounts.js";
import { type AmountSeconds, workSeconds } from "./hostTime.js";
import { type HostWork, hostWork } from "./hostWork.js";

/** A small program that was run, and the time of each of its steps. */
export interface MeasuredProbe {
  readonly name: string;
  readonly run: HostProgram;
  readonly operations: readonly { readonly step: HostStep; readonly seconds: number }[];
  /** Of the whole, which is more than its operations together. */
  readonly stepSeconds: number;
}

/** Operations of a probe that do the same work: what one row of the fit is. */
export interface MicroMeasurement extends HostWork {
  readonly probe: string;
  /** `dotGeneral(f32[64,128], f32[128,512]) → f32[64,512]` */
  readonly operation: string;
  /** How many times a step of the probe runs it. */
  readonly count: number;
  /** Median over these. */
  readonly seconds: number;
}

function description({ program }: HostProgram, { name, operands, results }: HostStep): string {
  const types = (values: readonly number[]) =>
    values.map((value) => formatType(program.types[value]!)).join(", ");
  return `${name}(${types(operands)}) → ${types(results)}`;
}

/** What of a probe enters the fit. */
export function microMeasurements({ name, run, operations }: MeasuredProbe): readonly MicroMeasurement[] {
  const alike = new Map<
    string,
    { readonly work: HostWork; readonly operation: string; readonly all: number[] }
  >();
  for (const { step, seconds } of operations) {
    const work = hostWork(run, step);
    if (!work) continue;
    const operation = description(run, step);
    const key = `${operation} ${JSON.stringify(work)}`;
    const known = alike.get(key) ?? { work, operation, all: [] };
    known.all.push(seconds);
    alike.set(key, known);
  }
  return [...alike.values()].map(({ work, operation, all }) => ({
    ...work,
    probe: name,
    operation,
    count: all.length,
    seconds: median(all),
  }));
}

/** How well a class's seconds explain its measurements. */
interface FitQuality {
  readonly measurements: number;
  /** Measurements so far off that something else must have disturbed them; they are left out of the rest. */
  readonly outliers: number;
  /** Share of the variance of the logarithm of seconds that is explained. */
  readonly rSquared: number;
  /** Of the relative error, regardless of its sign. */
  readonly medianError: number;
}

export interface ClassFit {
  readonly seconds: AmountSeconds;
  readonly quality: FitQuality;
  /** What was left out. */
  readonly outliers: readonly MicroMeasurement[];
}

/** Passes of leaving outliers out and fitting again: which ones they are hardly changes after two. */
const ROBUST_PASSES = 3;
/** What is beyond so many standard deviations is an outlier, a standard deviation being this much more than a median one. */
const [OUTLIER_DEVIATIONS, DEVIATIONS_PER_MEDIAN] = [3, 1.4826];
/** No measurement is an outlier for being this close: classes of two or three would lose what they have. */
const LEAST_OUTLIER = 0.1;

const predicted = (seconds: AmountSeconds, { workClass, amounts }: HostWork) =>
  workSeconds({ workClass, amounts }, { [workClass]: seconds });

/** Non-negative least squares of relative errors: a microsecond off matters as much to a short kernel as a millisecond to a long one. */
function leastSquares(measurements: readonly MicroMeasurement[]): AmountSeconds {
  const names = amountNames.filter((name) => measurements.some(({ amounts }) => (amounts[name] ?? 0) > 0));
  // Amounts run from one call to billions of FLOPs: in units of their largest, the equations are well conditioned.
  const unit = (name: AmountName) => Math.max(...measurements.map(({ amounts }) => amounts[name] ?? 0));
  const units = names.map(unit);
  const rows = measurements.map(({ amounts, seconds }) =>
    names.map((name, i) => (amounts[name] ?? 0) / units[i]! / seconds),
  );
  const solution = fcnnlsVector(
    rows,
    measurements.map(() => 1),
  ).K.to1DArray();
  const found = names.map((name, i) => [name, solution[i]! / units[i]!] as const);
  return Object.fromEntries(found.filter(([, seconds]) => seconds > 0));
}

/** The constants of one class of kernels. */
export function fitClass(measurements: readonly MicroMeasurement[]): ClassFit {
  const logRatio = (seconds: AmountSeconds) => (measurement: MicroMeasurement) =>
    Math.log(Math.max(predicted(seconds, measurement), Number.MIN_VALUE) / measurement.seconds);
  let kept = measurements;
  let seconds = leastSquares(kept);
  for (let pass = 1; pass < ROBUST_PASSES; pass++) {
    const ratios = measurements.map(logRatio(seconds));
    const middle = median(ratios);
    const deviation = DEVIATIONS_PER_MEDIAN * median(ratios.map((ratio) => Math.abs(ratio - middle)));
    const limit = Math.max(OUTLIER_DEVIATIONS * deviation, LEAST_OUTLIER);
    kept = measurements.filter((_, i) => Math.abs(ratios[i]! - middle) <= limit);
    seconds = leastSquares(kept);
  }
  const ratios = kept.map(logRatio(seconds));
  const logarithms = kept.map((measurement) => Math.log(measurement.seconds));
  const squares = (values: readonly number[]) => values.reduce((total, value) => total + value * value, 0);
  const outliers = measurements.filter((measurement) => !kept.includes(measurement));
  const average = mean(logarithms);
  const variance = squares(logarithms.map((value) => value - average));
  return {
    seconds,
    quality: {
      measurements: measurements.length,
      outliers: outliers.length,
      rSquared: variance === 0 ? 1 : 1 - squares(ratios) / variance,
      medianError: median(ratios.map((ratio) => Math.abs(Math.expm1(ratio)))),
    },
    outliers,
  };
}

/** What steps take beyond their operations, in seconds a call and as a share of their time. */
function fitOverhead(probes: readonly MeasuredProbe[]): HostProfile["overhead"] {
  const rows = probes.map(({ operations, stepSeconds }) => {
    const together = operations.reduce((total, { seconds }) => total + seconds, 0);
    return { together, calls: operations.length, beyond: Math.max(stepSeconds - together, 0), stepSeconds };
  });
  const [share, secondsPerCall] = fcnnlsVector(
    rows.map(({ together, calls, stepSeconds }) => [together / stepSeconds, calls / stepSeconds]),
    rows.map(({ beyond, stepSeconds }) => beyond / stepSeconds),
  ).K.to1DArray() as [number, number];
  return { share, secondsPerCall };
}

export interface HostFit extends Pick<HostProfile, "seconds" | "overhead"> {
  readonly qualities: Readonly<Record<string, FitQuality>>;
  readonly measurements: readonly MicroMeasurement[];
  /** Those of them that were left out. */
  readonly outliers: readonly MicroMeasurement[];
}

/** The constants of all classes that the probes met. */
export function fitHost(probes: readonly MeasuredProbe[]): HostFit {
  const measurements = probes.flatMap(microMeasurements);
  const classes = [...new Set(measurements.map(({ workClass }) => workClass))].sort();
  const fits = classes.map((name) => fitClass(measurements.filter(({ workClass }) => workClass === name)));
  return {
    seconds: Object.fromEntries(classes.map((name, i) => [name, fits[i]!.seconds])),
    qualities: Object.fromEntries(classes.map((name, i) => [name, fits[i]!.quality])),
    overhead: fitOverhead(probes),
    measurements,
    outliers: fits.flatMap(({ outliers }) => outliers),
  };
}
