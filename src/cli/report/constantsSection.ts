/** @file What is known of the machine, and from where. */
import { constantsInWords } from "../hardwareConstants.js";
import { type Html, html } from "./html.js";
import type { ReportData } from "./reportData.js";
import { section, table } from "./section.js";
import { capital } from "./words.js";

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
    html`<p>${capital(machine.description)}.</p>
<details><summary>All ${rows.length} constants, with their sources</summary>
${table(columns, rows)}</details>`,
  );
}
