/** @file What the answer rests on: how far off predictions like it have been, the plan, and the machine's constants. */

import { constantsInWords } from "../cli/hardwareConstants.js";
import { modelWords, type PlanOption, planWords } from "../cli/planOptions.js";
import { errorWords, isOnTheEdge } from "../cli/reportText.js";
import { optionFlag } from "../models/options.js";
import { batchPerDevice } from "../transforms/plan.js";
import { formatCount, formatMagnitude, formatRate } from "../units/quantity.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section, table } from "./section.js";

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

/** What an option is, without what it is by default. */
const meaning = (words: string) => words.replace(/ \(default.*/, "");

export function planSection({ answer, query }: ReportData): Html {
  const { plan, params, modelFlopsPerExample, devices } = answer;
  const words = (value: string | number) => (typeof value === "number" ? formatCount(value) : value);
  const row = (name: string, value: string | number, what: string, isAsked: boolean) => [
    html`<code class="type">${optionFlag(name)}</code>`,
    words(value),
    html`<span class="type">${isAsked ? "as asked" : "by default"}</span>`,
    meaning(what),
  ];
  const ofPlan = Object.entries(planWords).map(([name, what]) =>
    row(name, plan[name as PlanOption], what, name in query.plan),
  );
  const ofModel = Object.entries(query.modelOptions).map(([name, value]) =>
    row(name, value ?? "", modelWords[name as keyof typeof modelWords] ?? "", true),
  );
  const columns = [
    { heading: "option" },
    { heading: "value" },
    { heading: "why" },
    { heading: "what it is", isDispensable: true },
  ];
  return section(
    "plan",
    "The plan",
    html`<p>${answer.model}: ${formatMagnitude(params)} parameters, ${formatRate(modelFlopsPerExample, "FLOP")} an example, forward and backward. ${formatCount(plan.globalBatch)} examples a step, ${formatCount(batchPerDevice(plan))} on each of ${formatCount(devices)} devices.</p>`,
    table(columns, [...ofPlan, ...ofModel]),
  );
}

export function constantsSection({ machine }: ReportData): Html {
  const columns = [
    { heading: "constant" },
    { heading: "value", isNumber: true },
    { heading: "source", isDispensable: false },
  ];
  const rows = constantsInWords(machine).map(({ name, value, source }) => [
    html`<code>${name}</code>`,
    value,
    source,
  ]);
  return section(
    "hardware",
    `The machine: ${machine.name}`,
    html`<p>${machine.description}.</p>
<details><summary>All ${rows.length} constants, with their sources</summary>
${table(columns, rows)}</details>`,
  );
}
