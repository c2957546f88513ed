/** @file `willfit doctor`: which training backend is active here, why, and how to get a better one. */
import type { Command } from "commander";
import type { DoctorReport } from "../../train/doctor.js";
import { formatBytes } from "../units/quantity.js";
import { addHelp, type HelpPage } from "./help.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: ["willfit doctor", "willfit doctor --json"],
  about: `
The backend that \`willfit train\` computes with here, why it is that one, and what to do for a faster one.
`,
  readOn: 'docs/training.md, "Backends".',
};

export function doctorText(report: DoctorReport, { colors }: Pick<Terminal, "colors">): string {
  const { backend } = report;
  const threads = (count: number) => `${count} thread${count === 1 ? "" : "s"}`;
  const lines: readonly (readonly [string, string])[] = [
    ["backend", colors.bold(`${backend.name} ${backend.version}, ${threads(backend.threads)}`)],
    ["why", backend.reason],
    ["better", backend.advice ?? "this is the best there is here"],
    ["processor", `${report.processor}, ${threads(report.threads)}`],
    ["memory", formatBytes(report.memoryBytes)],
    ["node", `${report.node} on ${report.platform}`],
  ];
  return lines.map(([name, text]) => `${name.padEnd("processor".length)}  ${text}`).join("\n");
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .option("--json", "one JSON object, for programs")
    .action(async ({ json }: { readonly json?: boolean }) => {
      // The only answer that needs TensorFlow, which takes a second to load.
      const { doctor } = await import("../../train/doctor.js");
      const report = await doctor();
      if (json) return printJson(terminal, report);
      terminal.print(doctorText(report, terminal));
    });
}
