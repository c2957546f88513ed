/** @file The largest tensors at the worst moment. */

import { formatBytes } from "../../units/quantity.js";
import { alikeTensors, tensorWords } from "../alikeTensors.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section, table } from "./section.js";
import { place } from "./words.js";

const SHOWN = 15;
/** A loss that takes a smaller share of the peak is not worth a sentence. */
const WORTH_SAYING = 1e-3;

export function tensorsSection({ step }: ReportData): Html | undefined {
  if (!step) return undefined;
  const { tensors, lossBytes, peak } = step.memory;
  const alike = alikeTensors(tensors);
  const ofLoss =
    lossBytes < WORTH_SAYING * peak.bytes
      ? ""
      : ` What the loss computes takes at most ${formatBytes(lossBytes)} at once.`;
  const columns = [
    { heading: "where it is made" },
    { heading: "type and layout", isDispensable: true },
    { heading: "size", isNumber: true },
    { heading: "padding", isNumber: true, isDispensable: true },
    { heading: "what it is", isDispensable: true },
  ];
  const rows = alike.slice(0, SHOWN).map((group) => {
    const { size, type, padding, place: made } = tensorWords(group);
    return [
      html`${place(made)}<code class="only-narrow">${type}</code>`,
      html`<code class="type">${type}</code>`,
      size,
      padding.replace(" padding", ""),
      html`<span class="type">${group.tensor.category}</span>`,
    ];
  });
  return section(
    "tensors",
    "Largest tensors at the worst moment",
    table(columns, rows),
    html`<p class="note">${alike.length - rows.length} more kinds of tensors are alive in ${place(peak.place)}.${ofLoss}</p>`,
  );
}
