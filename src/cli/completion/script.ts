/**
 * @file The scripts by which shells ask `willfit complete` what a half-typed line can go on with. Those of zsh, fish and PowerShell
 * are tab's. Its script for bash needs another package (bash-completion), completes neither files nor what follows `--on=`,
 * and cannot be read in twice, so bash has one of its own.
 */
import { script } from "@bomb.sh/tab";

export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** `compopt +o default` keeps bash from offering files where there are none to give. */
const bashScript = `# bash completion for willfit
__willfit_complete() {
  local IFS=$'\\n' answer directive
  local typed=\${COMP_WORDS[COMP_CWORD]}
  answer=$(willfit complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null) || return
  directive=\${answer##*:}
  COMPREPLY=($(compgen -W "$(cut -f 1 <<< "\${answer%:*}")" -- "\${typed#=}"))
  ((directive & 4)) && compopt +o default
  ((directive & 32)) && compopt -o nosort
}
complete -o default -F __willfit_complete willfit`;

/** Prints the script of a shell. */
export function printScript(shell: Shell, print: (text: string) => void): void {
  if (shell === "bash") print(bashScript);
  else script(shell, "willfit", "willfit");
}
