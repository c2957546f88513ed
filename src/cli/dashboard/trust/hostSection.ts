/** @file What predictions for this computer rest on: when, where and how well it was calibrated. */
import {
  type HostCalibration,
  type HostProfile,
  hardwareNames,
  loadHardware,
} from "../../../../sim/hardware.js";
import { type HostMachine, staleness } from "../../../../sim/staleness.js";
import { machineWith } from "../../../../train/machine.js";
import { formatCount, formatPercent, formatSeconds } from "../../../units/quantity.js";
import { type Column, table } from "../../table.js";
import { wrapped } from "../../wrapped.js";
import { remarks, type Section, type Style } from "./section.js";

/** So many classes of kernels are named at either end. */
const NAMED_CLASSES = 4;

const columns: readonly Column[] = [
  { heading: "kernels", wraps: true },
  { heading: "median error", align: "right" },
  { heading: "R²", align: "right" },
  { heading: "measured", align: "right" },
  { heading: "left out", align: "right" },
];

type ClassQuality = HostCalibration["classes"][string];

const classRow = ([name, { medianError, rSquared, measurements, outliers }]: readonly [
  string,
  ClassQuality,
]) => [
  name,
  formatPercent(medianError),
  rSquared.toFixed(3),
  formatCount(measurements),
  formatCount(outliers),
];

/** The classes explained best and worst, or all where there are few. */
function classLines({ classes }: HostCalibration, style: Style): readonly string[] {
  const ranked = Object.entries(classes).sort(([, a], [, b]) => a.medianError - b.medianError);
  const between = ranked.length - 2 * NAMED_CLASSES;
  const rows =
    between <= 1
      ? ranked.map(classRow)
      : [
          ...ranked.slice(0, NAMED_CLASSES).map(classRow),
          [`… ${formatCount(between)} between`, "", "", "", ""],
          ...ranked.slice(-NAMED_CLASSES).map(classRow),
        ];
  return rows.length === 0 ? [] : table(columns, rows, style).split("\n");
}

/** Whether the calibration is of this computer as it is now. */
function stateLines(calibration: HostCalibration, now: HostMachine, style: Style): readonly string[] {
  const { green, yellow } = style.colors;
  const changes = staleness(calibration, now);
  if (changes.length === 0) return [green("✓ of this computer as it is now")];
  return [
    ...changes.flatMap((change) =>
      wrapped(`! out of date: ${change}`, style.width).map((line) => yellow(line)),
    ),
    ...remarks("willfit calibrate renews it.", style),
  ];
}

/**
 * What one host's profile rests on.
 *
 * @param machine the computer with a backend, as it is now
 * @param nowMilliseconds since 1970
 */
export function hostLines(
  { name, description, calibration }: HostProfile,
  machine: (backend: HostCalibration["backend"]) => HostMachine,
  nowMilliseconds: number,
  style: Style,
): readonly string[] {
  const head = wrapped(`${name}: ${description}`, style.width).map((line) => style.colors.bold(line));
  if (!calibration) {
    return [
      ...head,
      ...remarks(
        "Not measured on this computer: times are another's, memory is counted and the same anywhere. willfit calibrate measures this one; willfit doctor says which backend it would train on.",
        style,
      ),
    ];
  }
  const { backend, backendVersion, processor, threads, measured } = calibration;
  const age = Math.max(0, (nowMilliseconds - Date.parse(measured)) / 1000);
  const facts = `calibrated on ${measured.slice(0, 10)}, ${formatSeconds(Math.round(age))} ago, with ${backend} ${backendVersion} on ${processor}, ${formatCount(threads)} thread${threads === 1 ? "" : "s"}`;
  return [
    ...head,
    ...wrapped(facts, style.width),
    ...stateLines(calibration, machine(backend), style),
    "",
    ...classLines(calibration, style),
  ];
}

export function hostSection(style: Style): Section {
  const hosts = hardwareNames()
    .map(loadHardware)
    .flatMap((profile) => (profile.kind === "host" ? [profile] : []));
  const parts = hosts.map((host) => hostLines(host, machineWith, Date.now(), style));
  return { title: "This computer", lines: parts.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines])) };
}
