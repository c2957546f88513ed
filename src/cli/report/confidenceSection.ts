/** @file How far off predictions like this one have been. */
import { errorWords, isOnTheEdge } from "../reportText.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section } from "./section.js";

export function confidenceSection({ answer }: ReportData): Html {
  const { memory, time } = answer.confidence;
  return section(
    "confidence",
    "How sure this is",
    html`<ul><li>${errorWords("memory", memory)}</li><li>${errorWords("time", time)}</li></ul>`,
    isOnTheEdge(answer)
      ? html`<p class="warning">The verdict is within the error of the prediction: try before you rely on it.</p>`
      : undefined,
  );
}
