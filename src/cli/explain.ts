/** @file `willfit explain MODEL`: what each pass of the simulator made of the program, and what lies in memory when. */
import type { Command } from "commander";
import { passNames } from "../../sim/passNames.js";
import type { Query } from "../../sim/query.js";
import { UserError } from "../units/userError.js";
import { addHelp, type HelpPage } from "./help.js";
import { addQueryOptions, choose, type QueryFlags, queryFrom } from "./planOptions.js";
import { printJson, type Terminal } from "./terminal.js";
import { writeTrace } from "./traceFile.js";

const help: HelpPage = {
  examples: [
    "willfit explain vit-s16 --batch 1k --on tpu-v3-8",
    "willfit explain vit-s16 --batch 1k --on tpu-v3-8 --memory",
    "willfit explain vit-s16 --batch 1k --on tpu-v3-8 --trace step.json",
    "willfit explain vit-s16 --batch 1k --on tpu-v3-8 --pass layout",
    "willfit explain vit-s16 --batch 1k --on tpu-v3-8 --fusion 15",
  ],
  about: `
The first lines of what each pass of the simulator made of the program, or one pass in full: the operations, their fusions,
layouts, the schedule with the memory in use, and the time of each fusion. With --fusion, one fusion: what it reads, computes
and writes, and how its time comes about.

A trace has every fusion of the step, when it runs and for how long, and what is in memory meanwhile. It opens in
https://ui.perfetto.dev and in chrome://tracing.
`,
  readOn: `docs/how-it-works.md, every pass; \`willfit verify\`, the compiler's own figures beside these.`,
};

/** Lines of each pass when all are shown. */
const SHOWN = 6;

interface ExplainFlags extends QueryFlags {
  readonly pass?: string;
  readonly memory?: true;
  readonly fusion?: number;
  readonly trace?: string;
}

/** What is alive at the worst moment, and over the step. */
async function explainMemory(query: Query, { json }: ExplainFlags, terminal: Terminal): Promise<void> {
  const { simulatedStep } = await import("../../sim/simulatedStep.js");
  const { memoryReport } = await import("../../sim/memoryReport.js");
  const report = memoryReport(simulatedStep(query));
  if (json) return printJson(terminal, report);
  const { memoryText } = await import("./memoryText.js");
  terminal.print(memoryText(report, terminal));
}

/** One fusion of the schedule. */
async function explainFusion(
  query: Query,
  number: number,
  { json }: ExplainFlags,
  terminal: Terminal,
): Promise<void> {
  const { simulatedStep } = await import("../../sim/simulatedStep.js");
  const { fusionReport } = await import("../../sim/fusionReport.js");
  const report = fusionReport(simulatedStep(query), number);
  if (json) return printJson(terminal, report);
  const { fusionText } = await import("./fusionText.js");
  terminal.print(fusionText(report, terminal));
}

/** A number as `--pass time` counts fusions: from 0. @throws UserError */
function fusionNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UserError(
    `--fusion ${text}: not a fusion's number; write one that --pass time begins a line with`,
  );
}

/** The first lines, and how to see the others. */
function beginning(name: string, text: string): string {
  const lines = text.split("\n");
  const more = lines.length - SHOWN;
  return [...lines.slice(0, SHOWN), ...(more > 0 ? [`… ${more} more lines: --pass ${name}`] : [])].join("\n");
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  addQueryOptions(command)
    .optionsGroup("Options:")
    .option("--pass <pass>", "one pass, in full (default: the first lines of each)")
    .option("--memory", "what is alive at the worst moment, and how the step gets there")
    .option(
      "--fusion <number>",
      "one fusion, as --pass time numbers them, and how its time comes about",
      fusionNumber,
    )
    .option("--trace <file>", "the predicted step as a trace for Perfetto")
    .action(async (model: string | undefined, flags: ExplainFlags) => {
      const query = queryFrom(model, flags);
      const asked = flags.pass;
      const { passes } = await import("../../sim/explain.js");
      const names = asked === undefined ? passNames : [choose("--pass", asked, passNames)];
      if (flags.trace !== undefined) {
        const { simulatedStep } = await import("../../sim/simulatedStep.js");
        await writeTrace(flags.trace, simulatedStep(query), terminal);
        // Who wants but the trace has it.
        if (!flags.memory && !flags.json && asked === undefined && flags.fusion === undefined) return;
      }
      if (flags.fusion !== undefined) return explainFusion(query, flags.fusion, flags, terminal);
      if (flags.memory) return explainMemory(query, flags, terminal);
      const texts = names.map((name) => ({ name, text: passes[name](query) }));
      if (flags.json)
        return printJson(terminal, { model: query.model, hardware: query.hardware, passes: texts });
      if (asked !== undefined) return terminal.print(texts[0]!.text);
      const { colors, width } = terminal;
      // Lines of a program are long; cut off, they still show their form.
      const { default: cliTruncate } = await import("cli-truncate");
      const cut = (line: string) => cliTruncate(line, width);
      const summaries = texts.map(({ name, text }) => {
        const lines = beginning(name, text).split("\n").map(cut);
        return [colors.bold(`pass ${name}`), ...lines].join("\n");
      });
      terminal.print(summaries.join("\n\n"));
    });
}
