/** @file What to change: other plans and what they cost, and more chips. */

import { formatBytes, formatCount, formatSeconds } from "../../units/quantity.js";
import { costWords, stepNow } from "../reportText.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section, table } from "./section.js";
import { unbroken } from "./words.js";

export function adviceSection({ answer }: ReportData): Html | undefined {
  const { fits, suggestions, chips, hardware } = answer;
  if (suggestions.length === 0 && chips.length === 0) return undefined;
  const helps = suggestions.some((suggestion) => suggestion.fits);
  const failing = helps ? "What would make it fit" : "None of the changes tried makes it fit";
  const now = stepNow(answer);
  const isShorter = now < answer.time.stepSeconds;
  const against = html`<p class="note">Costs are against ${formatSeconds(now)}: the step without what the compiler recomputes in vain.</p>`;
  const columns = [
    { heading: "change" },
    { heading: "memory", isNumber: true },
    { heading: "a step", isNumber: true },
    { heading: "cost", isNumber: true },
  ];
  const rows = suggestions.map(({ change, flags, peakBytes, stepSeconds }) => [
    html`${change}<br><code>${unbroken(flags)}</code>`,
    formatBytes(peakBytes),
    formatSeconds(stepSeconds),
    costWords(stepSeconds, now),
  ]);
  const machines = chips.map(({ hardware: name, chips: count, devices }) => [
    html`<code>${name}</code>${name === hardware ? " (this one)" : ""}`,
    formatCount(count),
    formatCount(devices),
  ]);
  const chipColumns = [
    { heading: "machine" },
    { heading: "chips", isNumber: true },
    { heading: "devices", isNumber: true },
  ];
  return section(
    "advice",
    fits ? "What would be faster" : failing,
    rows.length > 0 ? table(columns, rows) : undefined,
    rows.length > 0 && isShorter ? against : undefined,
    machines.length > 0
      ? html`<h3>The fewest chips on which it fits as it is</h3>
<div class="few">${table(chipColumns, machines)}</div>`
      : undefined,
  );
}
