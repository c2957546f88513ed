/**
 * @file `willfit complete -- WORDS`: what shells ask when the tab key is pressed. A line for each candidate, a tab and its description,
 * and last `:` and what the shell is to do with them: the protocol of tab, which is Cobra's.
 */
import { ShellCompDirective } from "@bomb.sh/tab";
import type { Command } from "commander";
import { suggest } from "./completion/suggest.js";
import type { Terminal } from "./terminal.js";

const { ShellCompDirectiveKeepOrder: KEEP_ORDER, ShellCompDirectiveNoFileComp: NO_FILES } =
  ShellCompDirective;

export function configure(command: Command, { print }: Terminal): void {
  command
    .argument("[words...]", "the words after the program's name, the one at the cursor last")
    .action(async (words: readonly string[]) => {
      const { candidates, files } = await suggest(command.parent!, words);
      for (const { value, description = "" } of candidates) print(`${value}\t${description}`);
      print(`:${KEEP_ORDER | (files ? 0 : NO_FILES)}`);
    });
}
