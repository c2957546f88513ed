/** @file What `willfit calibrate` found, for people. */
import type { HostProfile } from "../../sim/hardware.js";
import { amountNames } from "../../sim/hostAmounts.js";
import { POOR_MEDIAN_ERROR } from "../../sim/hostCalibration.js";
import type { MicroMeasurement } from "../../sim/hostFit.js";
import { workSeconds } from "../../sim/hostTime.js";
import {
  formatCount,
  formatDifference,
  formatPercent,
  formatRate,
  formatSeconds,
} from "../units/quantity.js";
import { csv } from "./csv.js";
import { table } from "./table.js";
import type { Terminal } from "./terminal.js";

export interface Calibrated {
  /** Where the profile is kept. */
  readonly path: string;
  readonly profile: HostProfile;
  /** Share of the processors' time that other programs took meanwhile, 0 to 1. */
  readonly otherWork: number;
  /** The calibration that this one replaces, and how much longer the same operations take by this one. */
  readonly before?: {
    readonly measured: string;
    readonly together: number;
    readonly medianOfClasses: number;
  };
  readonly measurements: readonly MicroMeasurement[];
  /** Those of them that no fit could have explained, and that were left out. */
  readonly outliers: readonly MicroMeasurement[];
}

/** Other programs on the machine take so much of it before it is said. */
const NOTICED_OTHER_WORK = 0.03;

/** Every operation that was measured, with what the fit makes of it: a record each. */
export function measurementsCsv({ measurements, outliers, profile }: Calibrated): string {
  const leftOut = new Set(outliers);
  return csv(
    ["probe", "class", "operation", "count", "seconds", "fittedSeconds", "leftOut", ...amountNames],
    measurements.map((measurement) => [
      measurement.probe,
      measurement.workClass,
      measurement.operation,
      measurement.count,
      measurement.seconds,
      workSeconds(measurement, profile.seconds),
      leftOut.has(measurement),
      ...amountNames.map((name) => measurement.amounts[name] ?? 0),
    ]),
  );
}

/** How many of the measurements that were left out are named. */
const NAMED_OUTLIERS = 3;

/** The measurements left out that are farthest from what the fit has, in time. */
function outlierLines({ outliers, profile }: Calibrated): readonly string[] {
  if (outliers.length === 0) return [];
  const off = (of: MicroMeasurement) => of.count * Math.abs(of.seconds - workSeconds(of, profile.seconds));
  const farthest = [...outliers].sort((a, b) => off(b) - off(a)).slice(0, NAMED_OUTLIERS);
  return [
    `Left out of the fit: ${outliers.length}, the farthest off`,
    ...farthest.map(
      (of) =>
        `  ${of.operation}: ${formatSeconds(of.seconds)}, ${formatSeconds(workSeconds(of, profile.seconds))} by the fit`,
    ),
  ];
}

function classTable({ profile, measurements }: Calibrated, terminal: Terminal): string {
  const time = (of: readonly MicroMeasurement[]) =>
    of.reduce((sum, { count, seconds }) => sum + count * seconds, 0);
  const all = time(measurements);
  const shares = Object.entries(profile.calibration!.classes).map(([name, quality]) => {
    const share = time(measurements.filter(({ workClass }) => workClass === name)) / all;
    return { name, quality, share };
  });
  const rows = shares
    .sort((a, b) => b.share - a.share)
    .map(({ name, quality, share }) => [
      name,
      formatPercent(share),
      String(quality.measurements),
      String(quality.outliers),
      quality.rSquared.toFixed(3),
      formatPercent(quality.medianError),
    ]);
  const columns = [
    { heading: "class of kernels", wraps: true },
    { heading: "of the time", align: "right" },
    { heading: "measured", align: "right" },
    { heading: "left out", align: "right" },
    { heading: "R²", align: "right" },
    { heading: "error", align: "right" },
  ] as const;
  return table(columns, rows, terminal);
}

function warnings({ profile, otherWork }: Calibrated): readonly string[] {
  const poor = Object.entries(profile.calibration!.classes)
    .filter(([, { medianError }]) => medianError > POOR_MEDIAN_ERROR)
    .map(([name]) => name);
  return [
    ...(poor.length > 0
      ? [`half of these are off by more than ${formatPercent(POOR_MEDIAN_ERROR)}: ${poor.join("; ")}`]
      : []),
    ...(otherWork > NOTICED_OTHER_WORK
      ? [
          `other programs took ${formatPercent(otherWork)} of the processors meanwhile: calibrate again when it is quiet`,
        ]
      : []),
  ];
}

export function calibratedText(answer: Calibrated, terminal: Terminal): string {
  const { profile, path, before, measurements } = answer;
  const { colors } = terminal;
  const { flopsPerSecond, memoryBytesPerSecond, seconds, calibration } = profile;
  const probes = new Set(measurements.map(({ probe }) => probe)).size;
  return [
    `${colors.bold(profile.name)}: ${profile.description}`,
    `products at up to ${formatRate(flopsPerSecond.value, "FLOP/s")}, additions at ${formatRate(memoryBytesPerSecond.value, "B/s")}, ${formatSeconds(seconds.add?.calls ?? 0)} to start one`,
    "",
    classTable(answer, terminal),
    "",
    `From ${formatCount(measurements.length)} operations of ${probes} small programs, none of them a model; error: half are off by less.`,
    ...(before
      ? [
          `The calibration of ${before.measured.slice(0, 16).replace("T", " ")}: by this one the same operations take ${formatDifference(before.together)}; classes differ by ${formatPercent(before.medianOfClasses)} in the median.`,
        ]
      : []),
    ...outlierLines(answer),
    ...warnings(answer).map((text) => colors.yellow(`warning: ${text}`)),
    `Kept as ${path}; ${calibration!.backend === "tensorflow" ? "" : `for the ${calibration!.backend} backend; `}willfit crosscheck shows how right it is.`,
  ].join("\n");
}
