/** @file `willfit calibrate --from FILE --base HARDWARE`: a profile corrected by steps that were timed on the machine. */
import type { Command } from "commander";
import { UserError } from "../units/userError.js";
import type { CalibrateFromFlags } from "./calibrateFrom.js";
import type { Terminal } from "./terminal.js";

const examples = `
  willfit calibrate --from measurements.csv --base tpu-v4x4
  willfit calibrate --from measurements.csv --base nvidia-h100 --name our-h100 --json

FILE has a line of names, model,batch,stepSeconds and options of plan and model as the command line names them, and below it one
step a line:

  model,batch,stepSeconds,devices
  vit-s16,128,22.06 ms,1
  resnet50,256,43.06 ms,1

Two or three steps of different kinds of models say more than ten of one. A step's time is that of many, one after the other
without waiting in between; what \`willfit export\` writes is such a step.
`;

interface CalibrateFlags extends Partial<CalibrateFromFlags> {
  readonly json?: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .option("--from <file>", "steps that were timed on the machine, a CSV file")
    .option("--base <hardware>", "the machine's profile as it is, of `willfit hardware`")
    .option("--name <name>", "what the corrected profile is called (default: the base's with -calibrated)")
    .option("--json", "one JSON object, in seconds, for programs")
    .addHelpText("before", examples)
    .action(async ({ from, base, ...flags }: CalibrateFlags) => {
      if (from === undefined) throw new UserError("--from is missing: say which file has the measured steps");
      if (base === undefined) throw new UserError("--base is missing: say which machine they were timed on");
      const { calibrateFromFile } = await import("./calibrateFrom.js");
      await calibrateFromFile({ from, base, ...flags }, terminal);
    });
}
