/** @file The head of a report: the question, and the answer at a glance. */
import type { Verdict } from "../../../sim/prediction.js";
import { largestBatchWords, needsWords, questionWords } from "../reportText.js";
import { verdictMarks, verdictPhrases } from "../verdictWords.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { capital, unbroken } from "./words.js";

const verdictClasses: Readonly<Record<Verdict, string>> = {
  fits: "fits",
  "fits-with-recompute": "recomputes",
  "does-not-fit": "fails",
};

export const questionOf = ({ answer, machine }: ReportData) => questionWords(answer, machine.deviceName);

/** @param command that asks for this report again */
export function head(data: ReportData, command: string): Html {
  const { answer, machine } = data;
  const { verdict } = answer.memory;
  return html`<header>
<p class="kind">willfit report</p>
<h1>${unbroken(questionOf(data))}</h1>
<p class="command"><code>${unbroken(command)}</code></p>
<div class="verdict ${verdictClasses[verdict]}">
<span class="mark" aria-hidden="true">${verdictMarks[verdict]}</span>
<div><strong>${capital(verdictPhrases[verdict])}</strong>
<p>${capital(needsWords(answer, machine.deviceName))}; ${largestBatchWords(answer)}.</p></div>
</div>
</header>
`;
}
