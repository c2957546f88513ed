/** @file The constants that were put in place of a profile's own because measured steps showed them to be off. */
import { hardwareNames, loadHardware } from "../../../../sim/hardware.js";
import type { Correction } from "../../../../sim/measured.js";
import { groupsBy } from "../../../groupsBy.js";
import { wrapped } from "../../wrapped.js";
import { remarks, type Section, type Style } from "./section.js";

/** The constants of each fit, and the steps that these were found from. */
function fitLines(machine: string, corrections: readonly Correction[], style: Style): readonly string[] {
  const fits = groupsBy(corrections, ({ rows }) => rows.join());
  return fits.flatMap((fit) => {
    const constants = fit.map(({ constant }) => constant).join(", ");
    const steps = fit[0]!.rows.join("; ");
    return [...wrapped(`${machine}: ${constants}`, style.width), ...remarks(`fitted to ${steps}`, style)];
  });
}

export function fittedSection(style: Style): Section {
  const machines = hardwareNames()
    .map(loadHardware)
    .flatMap((profile) => (profile.kind === "host" ? [] : [profile]));
  const untouched = machines.filter(({ measured }) => measured.length === 0).map(({ name }) => name);
  return {
    title: "Constants fitted to measured steps",
    lines: [
      ...machines.flatMap(({ name, measured }) => fitLines(name, measured, style)),
      "",
      ...remarks(
        `All others are those of the compiler's estimates, of a data sheet or assumed: willfit hardware NAME has the source of each. Nothing was fitted on ${untouched.join(", ")}.`,
        style,
      ),
    ],
  };
}
