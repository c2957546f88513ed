/** @file `willfit export MODEL --batch N -o step.mlir`: the training program as a StableHLO module. */
import type { Command } from "commander";
import { writeWhole } from "../writeWhole.js";
import { addQueryOptions, type QueryFlags, questionFrom } from "./planOptions.js";
import type { Terminal } from "./terminal.js";

const examples = `
  willfit export vit-s16 --batch 1k --on tpu-v3-8 -o step.mlir
  willfit export resnet50 --batch 256 --devices 1 | less

The module is what one device runs: forward and backward pass, collectives, optimizer. XLA takes it as it is; see
examples/jax for a script that trains with it.
`;

interface ExportFlags extends QueryFlags {
  readonly output?: string;
}

export function configure(command: Command, terminal: Terminal): void {
  addQueryOptions(command, { json: false })
    .optionsGroup("Options:")
    .option("-o, --output <file>", "where to write it (default: standard output)")
    .addHelpText("before", examples)
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
