/** @file A corrected profile for people: what moved, and the errors of the steps and of published runs before and after. */
import type { Calibration } from "../../sim/calibrateFrom.js";
import { formatDifference, formatMagnitude, formatSeconds } from "../units/quantity.js";
import { table } from "./table.js";
import type { Terminal } from "./terminal.js";

const against = (predicted: number, measured: number) => formatDifference(predicted / measured - 1);

const right = (heading: string) => ({ heading, align: "right" }) as const;

function movedTable({ moved }: Calibration, terminal: Terminal): string {
  return table(
    [{ heading: "constant" }, right("was"), right("now"), right("change")],
    moved.map(({ constant, from, to }) => [
      constant,
      formatMagnitude(from),
      formatMagnitude(to),
      against(to, from),
    ]),
    terminal,
  );
}

function stepTable({ steps }: Calibration, terminal: Terminal): string {
  return table(
    [{ heading: "step" }, right("measured"), right("before"), right("fitted"), right("by the others")],
    steps.map(({ name, measured, before, after, leftOut }) => [
      name,
      formatSeconds(measured),
      against(before, measured),
      against(after, measured),
      steps.length === 1 ? "" : against(leftOut, measured),
    ]),
    terminal,
  );
}

function publishedTable({ published }: Calibration, terminal: Terminal): string {
  return table(
    [{ heading: "run" }, right("a step"), right("before"), right("after")],
    published.map(({ recipe, published: seconds, before, after }) => [
      recipe,
      formatSeconds(seconds),
      against(before, seconds),
      against(after, seconds),
    ]),
    terminal,
  );
}

/** @param base the name of the profile that was corrected */
export function calibrationText(calibration: Calibration, base: string, terminal: Terminal): string {
  const { profile, moved, untold, steps, published } = calibration;
  const { bold } = terminal.colors;
  const asBefore =
    untold.length === 0 ? [] : [`As before, for the steps say nothing of it: ${untold.join(", ")}.`];
  const alone =
    steps.length === 1
      ? "The step was fitted to: how far off the profile is elsewhere is not known from it."
      : "All of them were fitted to; “by the others” is each one predicted by a fit of the others.";
  return [
    `${bold(profile.name)}: ${profile.description}`,
    moved.length === 0 ? "Nothing moved." : movedTable(calibration, terminal),
    ...asBefore,
    bold("Measured steps, predicted against measured"),
    stepTable(calibration, terminal),
    alone,
    ...(published.length === 0
      ? [`No published run on ${profile.calibration?.base ?? base} to compare with.`]
      : [bold("Published runs, not fitted to"), publishedTable(calibration, terminal)]),
  ].join("\n\n");
}
