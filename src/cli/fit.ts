/** @file `willfit fit MODEL --on HARDWARE --batch N`: exit status 0 if it fits, 1 if it does not. */
import type { Command } from "commander";
import { addHelp, type HelpPage } from "./help.js";
import { addQueryOptions, type QueryFlags, queryFrom } from "./planOptions.js";
import { warnOfStaleHost } from "./staleHost.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit fit siglip-b16 --batch 32k --on tpu-v4x4",
    "willfit fit vit-b16 --image 384 --batch 4k --on tpu-v3-8 && ./train.sh",
    "willfit fit --recipe vit-s16-90ep --on tpu-v4x4 --json",
  ],
  about: `
Says whether a step of that many examples has room in a device's memory: as it is, only because the compiler recomputes, or
not. Then the largest batch that has, what would make this one fit, and where memory and time go. The last two lines say how
far the figures were off for the checked steps that are most like this one.

A recipe brings model, machine, batch and plan; without one a model, --on and --batch are needed.
`,
  statuses: { 1: "it does not fit", 0: "it fits" },
  readOn: `docs/validation-memory.md, how right it is; \`willfit explain --memory\`, what is in memory when.`,
};

export const DOES_NOT_FIT = 1;

export function configure(command: Command, terminal: Terminal, finish: (status: number) => void): void {
  addHelp(command, help, terminal);
  addQueryOptions(command).action(async (model: string | undefined, flags: QueryFlags) => {
    const query = queryFrom(model, flags);
    const simulator = await import("../../sim/fit.js");
    const answer = terminal.during("simulating, and searching the largest batch", () => simulator.fit(query));
    await warnOfStaleHost(query.hardware, terminal);
    finish(answer.fits ? 0 : DOES_NOT_FIT);
    if (flags.json) return printJson(terminal, answer);
    const { fitText } = await import("./reportText.js");
    terminal.print(fitText(answer, terminal));
  });
}
