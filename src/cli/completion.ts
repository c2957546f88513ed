/** @file `willfit completion SHELL`: the script by which a shell completes command lines of willfit. */
import { Argument, type Command } from "commander";
import { orList } from "../units/orList.js";
import { UserError } from "../units/userError.js";
import { printScript, type Shell, shells } from "./completion/script.js";
import { addHelp, type HelpPage } from "./help.js";
import type { Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: ["willfit completion bash", "willfit completion zsh"],
  about: `
The tab key then completes commands, options and their values: models, machines, recipes, batches, files. One line each, for good:

  bash  echo 'source <(willfit completion bash)' >> ~/.bashrc
  zsh   echo 'source <(willfit completion zsh)' >> ~/.zshrc
  fish  echo 'willfit completion fish | source' >> ~/.config/fish/config.fish
  pwsh  'willfit completion powershell | Out-String | iex' >> $PROFILE

In zsh the line comes after \`compinit\`. \`npm link\` makes \`willfit\` a command, which the scripts ask.
`,
  readOn: "`willfit --help`, the commands.",
};

/** @throws UserError for a shell that there is no script for */
function shellNamed(text: string): Shell {
  const shell = shells.find((name) => name === text);
  if (shell !== undefined) return shell;
  throw new UserError(`completion ${text}: there is no script for it; there are those for ${orList(shells)}`);
}

export function configure(command: Command, terminal: Terminal): void {
  addHelp(command, help, terminal)
    .addArgument(new Argument("<shell>", "which shell's script").choices(shells).argParser(shellNamed))
    .action((shell: Shell) => printScript(shell, terminal.print));
}
