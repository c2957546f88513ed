/** @file `willfit export MODEL --batch N -o step.mlir`: the training program as a StableHLO module. */
import type { Command } from "commander";
import { writeWhole } from "../writeWhole.js";
import { addHelp, type HelpPage } from "./help.js";
import { addQueryOptions, type QueryFlags, questionFrom } from "./planOptions.js";
import type { Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit export vit-s16 --batch 1k --on tpu-v3-8 -o step.mlir",
    "willfit export resnet50 --batch 256 --devices 1 | less",
  ],
  about: `
The module is what one device runs: forward and backward pass, collectives, optimizer. XLA takes it as it is. Without --on it
is for one device.
`,
  readOn: `examples/jax, a script that trains with it; docs/xla.md, how XLA takes it; \`willfit verify\`.`,
};

interface ExportFlags extends QueryFlags {
  readonly output?: string;
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  addQueryOptions(command, { json: false })
    .optionsGroup("Options:")
    .option("-o, --output <file>", "where to write it (default: standard output)")
    .action(async (model: string | undefined, flags: ExportFlags) => {
      const question = questionFrom(model, flags);
      const { loadHardware } = await import("../../sim/hardware.js");
      const { trainingStepOf } = await import("../../sim/query.js");
      const { printModule } = await import("../stablehlo/module.js");
      const devices = flags.on === undefined ? 1 : loadHardware(flags.on).devices;
      const { program } = trainingStepOf(question, devices);
      const text = printModule(program);
      if (flags.output === undefined) return terminal.print(text.trimEnd());
      writeWhole(flags.output, text);
      const { operations, replicas } = program;
      terminal.note(
        `${flags.output}: ${operations.length.toLocaleString("en")} operations for ${replicas} device(s)`,
      );
    });
}
