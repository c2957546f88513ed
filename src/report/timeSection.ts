/** @file Time: what a step goes into, and a recipe's run. */
import { publishedWords, runWords } from "../cli/reportText.js";
import { formatSeconds } from "../units/quantity.js";
import { type Html, html } from "./html.js";
import { paletteOf } from "./palette.js";
import type { ReportData } from "./reportData.js";
import { secondsUnit } from "./scale.js";
import { section } from "./section.js";
import { stackedBar } from "./stackedBar.js";
import { capital } from "./words.js";

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

export function runSection({ answer }: ReportData): Html | undefined {
  const { run, time, hardware } = answer;
  if (!run) return undefined;
  const { steps, time: duration, chipHours, price } = runWords(run, hardware);
  const seconds = run.parts.reduce((sum, part) => sum + part.seconds, 0);
  const bar = stackedBar({
    label: `A run of ${duration}, by what it goes into.`,
    parts: run.parts.map((part) => ({ name: part.name, amount: part.seconds })),
    format: formatSeconds,
    unit: { name: "h", size: 3600 },
    palette: paletteOf(run.parts.map(({ name }) => name)),
  });
  const { result, source, assumed } = run.published;
  const facts = [steps, formatSeconds(seconds), chipHours, ...(price === undefined ? [] : [price])];
  return section(
    "run",
    `The run ${run.recipe}: ${duration}`,
    html`<p>${facts.join(", ")}.</p>`,
    bar,
    html`<p>${capital(publishedWords(run, time.stepSeconds))}${result === undefined ? "" : `; result: ${result}`}.</p>
<p class="note">${source}${assumed === undefined ? "" : `; assumed: ${assumed}`}</p>`,
  );
}
