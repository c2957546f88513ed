/** @file `willfit predict MODEL --on HARDWARE --batch N`: memory and time of one training step. */
import type { Command } from "commander";
import { addQueryOptions, type QueryFlags, queryFrom } from "./planOptions.js";
import { printJson, type Terminal } from "./terminal.js";

const examples = `
  willfit predict vit-s16 --batch 1k --on tpu-v3-8
  willfit predict siglip-b16 --batch 4k --on tpu-v4x4 --remat block --json
`;

export function configure(command: Command, terminal: Terminal): void {
  addQueryOptions(command)
    .addHelpText("before", examples)
    .action(async (model: string, flags: QueryFlags) => {
      const query = queryFrom(model, flags);
      const { predict } = await import("../../sim/predict.js");
      const prediction = terminal.during("simulating", () => predict(query));
      if (flags.json) return printJson(terminal, prediction);
      const { predictionText } = await import("./reportText.js");
      terminal.print(predictionText(prediction, terminal));
    });
}
