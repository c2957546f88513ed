/** @file `willfit predict MODEL --on HARDWARE --batch N`: memory and time of one training step, or of a recipe's run. */
import type { Command } from "commander";
import type { RunPart } from "../../sim/run.js";
import { addHelp, type HelpPage } from "./help.js";
import { addQueryOptions, type QueryFlags, queryFrom, recipeFrom } from "./planOptions.js";
import { warnOfStaleHost } from "./staleHost.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit predict vit-s16 --batch 1k --on tpu-v3-8",
    "willfit predict siglip-b16 --batch 4k --on tpu-v4x4 --remat block --json",
    "willfit predict --recipe vit-s16-90ep",
    "willfit predict --recipe vit-s16-90ep --on tpu-v4x4 --no-evaluation",
  ],
  about: `
Memory of a device at the worst moment of a training step, and the time of the step, both in parts that add up; of a recipe
also steps, hours and dollars of the whole run, beside what was published. The last two lines say how far the figures were off
for the checked steps that are most like this one.

A recipe brings model, machine, batch and plan; without one a model, --on and --batch are needed.
`,
  readOn: `docs/validation-time.md, how right it is; \`willfit recipes\`; \`willfit explain\`, what is behind the figures.`,
};

/** What may be left out of a run, with the words for it. */
const partWords: Readonly<Record<RunPart, string>> = {
  input: "a run without waiting for its input",
  evaluation: "a run without evaluations",
  start: "a run without compilation and start",
};

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  addQueryOptions(command).optionsGroup("Run options:");
  for (const [part, words] of Object.entries(partWords)) command.option(`--no-${part}`, words);
  command.action(async (model: string | undefined, flags: QueryFlags) => {
    const query = queryFrom(model, flags);
    const recipe = recipeFrom(flags);
    const without = new Set(
      (Object.keys(partWords) as readonly RunPart[]).filter((part) => flags[part] === false),
    );
    const { predict } = await import("../../sim/predict.js");
    const prediction = terminal.during("simulating", () =>
      predict(query, { ...(recipe && { recipe }), without }),
    );
    await warnOfStaleHost(query.hardware, terminal);
    if (flags.json) return printJson(terminal, prediction);
    const { predictionText } = await import("./reportText.js");
    terminal.print(predictionText(prediction, terminal));
  });
}
