/** @file What the time of a step goes into. */
import { formatSeconds } from "../../units/quantity.js";
import { type Html, html } from "./html.js";
import { paletteOf } from "./palette.js";
import type { ReportData } from "./reportData.js";
import { secondsUnit } from "./scale.js";
import { section } from "./section.js";
import { stackedBar } from "./stackedBar.js";

/** Colours of what a step's time goes into; the roofline has the same. */
export const timePalette = ({ answer }: ReportData) => paletteOf(answer.time.parts.map(({ name }) => name));

export function timeSection(data: ReportData): Html {
  const { time, memory } = data.answer;
  const { stepSeconds, parts } = time;
  const bar = stackedBar({
    label: `A step of ${formatSeconds(stepSeconds)}, by what it goes into.`,
    parts: parts.map(({ name, seconds }) => ({ name, amount: seconds })),
    format: formatSeconds,
    unit: secondsUnit(stepSeconds),
    palette: timePalette(data),
  });
  const condition =
    memory.verdict === "does-not-fit"
      ? html`<p class="note">Were there memory for it, and with all that the compiler recomputes in vain.</p>`
      : undefined;
  return section("time", `Time of a step: ${formatSeconds(stepSeconds)}`, condition, bar);
}
