/** @file The report of a question: one HTML page that needs nothing else. */
import { adviceSection } from "./adviceSection.js";
import { batchSection } from "./batchSection.js";
import { confidenceSection } from "./confidenceSection.js";
import { constantsSection } from "./constantsSection.js";
import { head, questionOf } from "./head.js";
import { type Html, html, trusted } from "./html.js";
import { keyFigures } from "./keyFigures.js";
import { memoryOverStep } from "./memoryOverStep.js";
import { memorySection } from "./memorySection.js";
import { planSection } from "./planSection.js";
import type { ReportData } from "./reportData.js";
import { rooflineSection } from "./rooflineSection.js";
import { runSection } from "./runSection.js";
import { scopesSection } from "./scopesSection.js";
import { styleSheet } from "./styleSheet.js";
import { tensorsSection } from "./tensorsSection.js";
import { timeSection } from "./timeSection.js";

/** What a page says of itself. */
export interface Imprint {
  /** The command line that asks for the page again. */
  readonly command: string;
  readonly version: string;
  readonly made: Date;
}

/** In the order in which a reader wants them; one that has nothing to say of a question is left out. */
const sections: readonly ((data: ReportData) => Html | undefined)[] = [
  keyFigures,
  adviceSection,
  memorySection,
  timeSection,
  runSection,
  memoryOverStep,
  rooflineSection,
  batchSection,
  scopesSection,
  tensorsSection,
  confidenceSection,
  planSection,
  constantsSection,
];

/** Why there is less of a computer. */
const hostNote = html`<p class="note">The host runs the program as it is, one operation after the other: there are no fusions, whose roofline and scopes could be shown, nor a course of the memory.</p>
`;

/** The whole page. Nothing may be loaded, nor run: what came from people could only be shown. */
export function page(data: ReportData, { command, version, made }: Imprint): string {
  const body = sections.map((section) => section(data)).filter((part) => part !== undefined);
  const written = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${questionOf(data)}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
${head(data, command)}${body}${data.step ? undefined : hostNote}</main>
<footer><p>willfit ${version}, <time datetime="${made.toISOString()}">${made.toISOString().slice(0, 10)}</time>. A prediction: nothing of it was measured.</p></footer>
</body>
</html>
`;
  return written.html;
}
