/** @file The plan that was predicted: every option, asked for or by default. */

import { optionFlag } from "../../models/options.js";
import { batchPerDevice } from "../../transforms/plan.js";
import { formatCount, formatMagnitude, formatRate } from "../../units/quantity.js";
import { modelWords, type PlanOption, planWords } from "../planOptions.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section, table } from "./section.js";

/** What an option is, without what it is by default. */
const meaning = (words: string) => words.replace(/ \(default.*/, "");

export function planSection({ answer, query }: ReportData): Html {
  const { plan, params, modelFlopsPerExample, devices } = answer;
  const share =
    devices === 1
      ? "all on one device"
      : `${formatCount(batchPerDevice(plan))} on each of ${formatCount(devices)} devices`;
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
    html`<p>${answer.model}: ${formatMagnitude(params)} parameters, ${formatRate(modelFlopsPerExample, "FLOP")} an example, forward and backward. ${formatCount(plan.globalBatch)} examples a step, ${share}.</p>`,
    table(columns, [...ofPlan, ...ofModel]),
  );
}
