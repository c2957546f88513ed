/**
 * @file `willfit calibrate`: profiles made right by measuring, this computer's by running small programs on it, another machine's
 * from steps that someone timed there.
 */
import type { Command } from "commander";
import { UserError } from "../units/userError.js";
import type { CalibrateFromFlags } from "./calibrateFrom.js";
import type { CalibrateHostFlags } from "./calibrateHost.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { backendOption } from "./hereOptions.js";
import type { Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit calibrate",
    "willfit calibrate --quick",
    "willfit calibrate --backend wasm --measurements operations.csv",
    "willfit calibrate --from measurements.csv --base tpu-v4x4",
    "willfit calibrate --from measurements.csv --base nvidia-h100 --name our-h100 --json",
  ],
  about: `
Without a file it runs small layers here, forward, backward and through their update, times their operations one by one, and finds
seconds for each byte and FLOP of each class of kernels by least squares. Nothing else enters; --measurements writes all of it
down. The profile is kept with your settings: --on host then means this computer. With --backend X it is kept as host-X.

FILE has a line of names, model,batch,stepSeconds and options of plan and model as the command line names them, and below it one
step a line:

  model,batch,stepSeconds,devices
  vit-s16,128,22.06 ms,1
  resnet50,256,43.06 ms,1

Two or three steps of different kinds of models say more than ten of one. A step's time is that of many, one after the other
without waiting in between; what \`willfit export\` writes is such a step.
`,
  statuses: { 130: STOPPED },
  readOn: `docs/questions.md, "And on my machine?"; \`willfit crosscheck\`, how right the profile of this computer is.`,
};

type CalibrateFlags = CalibrateHostFlags & Partial<CalibrateFromFlags>;

/** What goes with a file of measured steps, and what with measuring here. */
const [withFile, withoutFile] = [
  ["base", "name"],
  ["backend", "quick", "measurements"],
] as const;

/** @throws UserError for an option that means nothing here */
function refuseStray(flags: CalibrateFlags): void {
  const [stray, why] =
    flags.from === undefined
      ? [withFile.find((name) => flags[name] !== undefined), "it goes with --from"]
      : [withoutFile.find((name) => flags[name] !== undefined), "with --from nothing is measured here"];
  if (stray !== undefined) throw new UserError(`--${stray}: ${why}`);
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .addOption(backendOption())
    .option("--quick", "measure in a quarter of the time, and less exactly")
    .option("--measurements <file>", "where to write every measured operation, as CSV")
    .option("--from <file>", "steps that were timed on another machine, a CSV file")
    .option("--base <hardware>", "that machine's profile as it is, of `willfit hardware`")
    .option("--name <name>", "what the corrected profile is called (default: the base's with -calibrated)")
    .option("--json", "one JSON object, in seconds, for programs")
    .action(async (flags: CalibrateFlags) => {
      refuseStray(flags);
      const { from, base } = flags;
      if (from === undefined) {
        const { calibrateHost } = await import("./calibrateHost.js");
        return calibrateHost(flags, terminal);
      }
      if (base === undefined) throw new UserError("--base is missing: say which machine they were timed on");
      const { calibrateFromFile } = await import("./calibrateFrom.js");
      await calibrateFromFile({ ...flags, from, base }, terminal);
    });
}
