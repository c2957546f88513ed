/** @file `willfit fit MODEL --on HARDWARE --batch N`: exit status 0 if it fits, 1 if it does not. */
import type { Command } from "commander";
import { addQueryOptions, type QueryFlags, queryFrom } from "./planOptions.js";
import { warnOfStaleHost } from "./staleHost.js";
import { printJson, type Terminal } from "./terminal.js";

const examples = `
  willfit fit siglip-b16 --batch 32k --on tpu-v4x4
  willfit fit vit-b16 --image 384 --batch 4k --on tpu-v3-8 && ./train.sh

Exit status: 0 it fits, 1 it does not, 2 the question was malformed.
`;

export const DOES_NOT_FIT = 1;

export function configure(command: Command, terminal: Terminal, finish: (status: number) => void): void {
  addQueryOptions(command)
    .addHelpText("before", examples)
    .action(async (model: string | undefined, flags: QueryFlags) => {
      const query = queryFrom(model, flags);
      const simulator = await import("../../sim/fit.js");
      const answer = terminal.during("simulating, and searching the largest batch", () =>
        simulator.fit(query),
      );
      await warnOfStaleHost(query.hardware, terminal);
      finish(answer.fits ? 0 : DOES_NOT_FIT);
      if (flags.json) return printJson(terminal, answer);
      const { fitText } = await import("./reportText.js");
      terminal.print(fitText(answer, terminal));
    });
}
