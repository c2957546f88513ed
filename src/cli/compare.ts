/** @file `willfit compare MODEL MODEL … --on HARDWARE`: models side by side. */
import { type Command, Option } from "commander";
import { parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { addHelp, type HelpPage } from "./help.js";
import { requireHardware } from "./listOptions.js";
import { addModelOptions, BATCH, modelOptionsFrom, planFrom, type QueryFlags } from "./planOptions.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit compare vit-s16 resnet50 botnet50 --on tpu-v3-8",
    "willfit compare vit-b16 vit-l16 --on tpu-v4x4 --batch 1k --remat block",
  ],
  about: `
Memory and time of each model at one batch for all of them, and at the largest of each. Each model takes the options
that it has. Without --batch the equal batch is the largest that fits all of them: the devices (times their microbatches),
doubled as often as it does.

--json: { hardware, globalBatch, models: [{ model, modelOptions, params, modelFlopsPerExample, atEqualBatch, largestBatch,
largestBatchWithoutRecompute, atLargestBatch }] }, where atEqualBatch and atLargestBatch are predictions as \`willfit predict
--json\` prints them; atLargestBatch is null where no batch fits.
`,
  readOn: `docs/questions.md, "Or that model?"; \`willfit sweep\`, every combination.`,
};

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .argument("[models...]", "models of `willfit models`")
    .option("--on <hardware>", "a machine of `willfit hardware`, or a JSON file like one of its profiles")
    .addOption(
      new Option("--batch <examples>", "the equal batch: 4096, 32k, 1M (k = 1024)").argParser((text) =>
        parseCount(text, BATCH),
      ),
    )
    .option("--json", "one JSON object, in bytes and seconds, for programs");
  addModelOptions(command).action(async (models: readonly string[], flags: QueryFlags) => {
    if (models.length === 0)
      throw new UserError("the models are missing: say names of `willfit models`, with spaces between them");
    const [hardware] = requireHardware(flags.on === undefined ? undefined : [flags.on]);
    const { compare } = await import("../../sim/compare.js");
    const comparison = terminal.during("simulating, and searching the largest batches", () =>
      compare({
        models,
        modelOptions: modelOptionsFrom(flags),
        hardware: hardware!,
        plan: planFrom(flags),
        ...(flags.batch !== undefined && { globalBatch: flags.batch }),
      }),
    );
    if (flags.json) return printJson(terminal, comparison);
    const { compareText } = await import("./compareText.js");
    terminal.print(compareText(comparison, terminal));
  });
}
