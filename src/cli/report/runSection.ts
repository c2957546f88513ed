/** @file What a recipe's whole run takes, beside what was published of it. */

import { formatSeconds, SECONDS_PER_HOUR } from "../../units/quantity.js";
import { publishedWords, runWords } from "../reportText.js";
import { type Html, html } from "./html.js";
import { paletteOf } from "./palette.js";
import type { ReportData } from "./reportData.js";
import { section } from "./section.js";
import { stackedBar } from "./stackedBar.js";
import { capital } from "./words.js";

export function runSection({ answer }: ReportData): Html | undefined {
  const { run, time, hardware } = answer;
  if (!run) return undefined;
  const { steps, time: duration, chipHours, price } = runWords(run, hardware);
  const seconds = run.parts.reduce((sum, part) => sum + part.seconds, 0);
  const bar = stackedBar({
    label: `A run of ${duration}, by what it goes into.`,
    parts: run.parts.map((part) => ({ name: part.name, amount: part.seconds })),
    format: formatSeconds,
    unit: { name: "h", size: SECONDS_PER_HOUR },
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
