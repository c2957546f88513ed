/** @file `willfit recipes`: the papers' runs that can be predicted. */
import type { Command } from "commander";
import { recipes } from "../recipes/recipes.js";
import { formatCount, formatSeconds } from "../units/quantity.js";
import { addHelp, type HelpPage } from "./help.js";
import { table } from "./table.js";
import { printJson, type Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: ["willfit recipes", "willfit recipes --json"],
  about: `
A run is a model with machine, batch, plan and number of steps, as a paper or its code has them, and what was published of its
time and its result. Those that are marked can be trained here, too, at another size.
`,
  readOn: `\`willfit predict --recipe NAME\`; \`willfit train --recipe NAME\`; docs/validation-time.md, predicted and published.`,
};

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal);
  command
    .option("--json", "one JSON object, for programs")
    .action(({ json }: { readonly json?: boolean }) => {
      if (json) return printJson(terminal, { recipes });
      const rows = recipes.map(({ name, summary, steps, result = "", time, training }) => {
        const published = time ? `${time.isUpperBound ? "≤ " : ""}${formatSeconds(time.seconds)}` : "";
        return [name, formatCount(steps), published, result, training ? "yes" : "", summary];
      });
      const columns = [
        { heading: "recipe" },
        { heading: "steps", align: "right" },
        { heading: "published", align: "right" },
        { heading: "result" },
        { heading: "trains" },
        { heading: "what it is", wraps: true },
      ] as const;
      terminal.print(table(columns, rows, terminal));
      terminal.print(
        terminal.colors.dim(
          "\nA step or a whole run, as published. willfit predict --recipe NAME; those that train: willfit train --recipe NAME",
        ),
      );
    });
}
