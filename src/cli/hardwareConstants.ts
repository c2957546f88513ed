/** @file A machine's profile as a list: every constant in words, with its source. */
import type { HardwareProfile } from "../../sim/hardware.js";
import { formatBytes, formatPercent, formatRate, formatSeconds } from "../units/quantity.js";

interface Constant {
  readonly name: string;
  readonly value: number | string | boolean;
  readonly source: string;
}

/**
 * The profile flattened: `interconnect.hopSeconds`. A value without a source of its own has that of what it is part of; those
 * of the profile itself are descriptions.
 */
function constantsOf(node: object, path = ""): readonly Constant[] {
  const source = "source" in node ? String(node.source) : "";
  return Object.entries(node as Readonly<Record<string, unknown>>).flatMap(
    ([key, value]): readonly Constant[] => {
      const name = path + key;
      if (key === "source" || (key === "measured" && Array.isArray(value))) return [];
      if (typeof value === "number" || typeof value === "string" || typeof value === "boolean")
        return [{ name, value, source }];
      if (Array.isArray(value)) return [{ name, value: value.join(", "), source }];
      if (typeof value !== "object" || value === null) return [];
      if (!("value" in value && "source" in value)) return constantsOf(value, `${name}.`);
      return [{ name, value: value.value as Constant["value"], source: String(value.source) }];
    },
  );
}

/** What real runs put in place of some of them. */
function correctionsOf(machine: HardwareProfile): readonly Constant[] {
  if (machine.kind === "host") return [];
  return machine.measured.map(({ constant, value, source, rows }) => ({
    name: `measured: ${constant}`,
    value,
    source: `${source} (fitted to ${rows.join(", ")})`,
  }));
}

/** Of a host, what each class of kernels takes: how long for each amount of its work, and how well that was found. */
function classesOf(machine: HardwareProfile): readonly Constant[] {
  if (machine.kind !== "host") return [];
  return Object.entries(machine.seconds).map(([name, amounts]) => {
    const terms = Object.entries(amounts).map(([amount, each]) => `${each.toPrecision(3)} × ${amount}`);
    const quality = machine.calibration?.classes[name];
    const found =
      quality &&
      `half of ${quality.measurements} measurements off by less than ${formatPercent(quality.medianError)}`;
    return {
      name: "seconds",
      value: name,
      source: [terms.join(" + "), ...(found ? [found] : [])].join("; "),
    };
  });
}

/** The unit is the end of the name, as everywhere in the project. */
function formatConstant({ name, value }: Constant): string {
  if (typeof value !== "number") return String(value);
  if (/bytesPerSecond$/i.test(name)) return formatRate(value, "B/s");
  if (/flopsPerSecond$/i.test(name)) return formatRate(value, "FLOP/s");
  if (/Bytes$/.test(name)) return formatBytes(value);
  if (/Seconds$/.test(name)) return formatSeconds(value);
  if (/Hertz$/.test(name)) return formatRate(value, "Hz");
  return String(value);
}

/** A constant of a profile, for people. */
export interface ConstantInWords {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

/** All of them, and what real runs have put in place of some. */
export function constantsInWords(machine: HardwareProfile): readonly ConstantInWords[] {
  const { name: _name, kind: _kind, description: _description, ...rest } = machine;
  // Classes of a host's kernels have a line each.
  const {
    seconds: _seconds,
    calibration,
    ...others
  } = { seconds: undefined, calibration: undefined, ...rest };
  const { classes: _classes, ...measuredOn } = { classes: undefined, ...calibration };
  const constants = [
    ...constantsOf(others),
    ...constantsOf(measuredOn, "calibration."),
    ...classesOf(machine),
    ...correctionsOf(machine),
  ];
  return constants.map((constant) => ({ ...constant, value: formatConstant(constant) }));
}
