/** @file `willfit report MODEL --on HARDWARE --batch N -o FILE`: all that is known of a step, as a page to read and to pass on. */
import type { Command } from "commander";
import { UserError } from "../units/userError.js";
import { writeWhole } from "../writeWhole.js";
import { commandLine } from "./commandLine.js";
import { addHelp, type HelpPage } from "./help.js";
import { addQueryOptions, type QueryFlags, queryFrom, recipeFrom } from "./planOptions.js";
import { warnOfStaleHost } from "./staleHost.js";
import type { Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit report siglip-b16 --batch 32k --on tpu-v4x4 -o report.html",
    "willfit report --recipe vit-s16-90ep -o report.html --trace step.json",
  ],
  about: `
The page is one file that loads nothing. It has what \`fit\`, \`predict\` and \`explain\` say, and charts of it. A trace opens in
https://ui.perfetto.dev and in chrome://tracing.
`,
  readOn: "docs/validation-memory.md and docs/validation-time.md, how right it is.",
};

interface ReportFlags extends QueryFlags {
  readonly output?: string;
  readonly trace?: string;
}

/** Standard output, as a file's name. */
const STANDARD_OUTPUT = "-";

/** Where the page goes. @throws UserError when nobody has said, and a person would get it on the screen */
function destination({ output }: ReportFlags): string {
  if (output !== undefined) return output;
  if (process.stdout.isTTY !== true) return STANDARD_OUTPUT;
  throw new UserError("--output is missing: say which file, such as -o report.html");
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  addQueryOptions(command, { json: false })
    .optionsGroup("Report options:")
    .option("-o, --output <file>", "the page; - for standard output, where it goes by itself in a pipe")
    .option("--trace <file>", "the predicted step as a trace for Perfetto, too")
    .action(async (model: string | undefined, flags: ReportFlags) => {
      const path = destination(flags);
      const query = queryFrom(model, flags);
      const recipe = recipeFrom(flags);
      const { chipOf, simulatedStep } = await import("../../sim/simulatedStep.js");
      // A machine that has no trace is refused before there is a page.
      if (flags.trace !== undefined) chipOf(query);
      const [{ page }, { reportData }, { packageVersion }] = await Promise.all([
        import("./report/page.js"),
        import("./report/reportData.js"),
        import("./version.js"),
      ]);
      const { data, text } = terminal.during("simulating, and drawing", () => {
        const found = reportData(query, recipe);
        const asked = `willfit report ${commandLine(query, recipe)} -o report.html`;
        const imprint = { command: asked, version: packageVersion(), made: new Date() };
        return { data: found, text: page(found, imprint) };
      });
      await warnOfStaleHost(query.hardware, terminal);
      if (flags.trace !== undefined) {
        const { writeTrace } = await import("./traceFile.js");
        await writeTrace(flags.trace, data.simulated ?? simulatedStep(query), terminal);
      }
      if (path === STANDARD_OUTPUT) return terminal.print(text.trimEnd());
      writeWhole(path, text);
      const { needsWords } = await import("./reportText.js");
      const { verdictPhrases } = await import("./verdictWords.js");
      const { answer, machine } = data;
      const words = `${verdictPhrases[answer.memory.verdict]}, ${needsWords(answer, machine.deviceName)}`;
      terminal.note(`${path}: ${words}`);
    });
}
