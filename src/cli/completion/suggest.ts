/**
 * @file What a half-typed command line can go on with, read off commander's own commands and options. Those of a command are
 * there as soon as its name is among the words, since the program then loads it.
 */
import type { Argument, Command, Option } from "commander";
import { type Candidates, candidatesFor } from "./candidates.js";

/** Bash takes `--on=tpu` for three words, other shells for one; here it is two. The last word is what stands at the cursor. */
function unjoined(words: readonly string[]): readonly string[] {
  const apart = words.flatMap((word) => {
    const [, flag, value] = /^(--[\w-]+)=(.*)$/.exec(word) ?? [];
    return flag === undefined ? [word] : [flag, value!];
  });
  const isLast = (index: number) => index === apart.length - 1;
  return apart.flatMap((word, i) => (word === "=" ? (isLast(i) ? [""] : []) : [word]));
}

const takesValue = ({ required, optional }: Option) => required || optional;

interface Cursor {
  /** The option whose value stands at the cursor. */
  readonly option?: Option;
  /** The argument that stands there otherwise. */
  readonly argument?: Argument;
  readonly flagsBefore: readonly Option[];
}

/** What stands at the cursor after `words` of a command. */
function cursorAfter(command: Command, words: readonly string[]): Cursor {
  const flagsBefore: Option[] = [];
  let pending: Option | undefined;
  let position = 0;
  for (const word of words) {
    if (pending) {
      pending = undefined;
      continue;
    }
    const flag = command.options.find(({ short, long }) => word === short || word === long);
    if (flag) flagsBefore.push(flag);
    if (flag && takesValue(flag)) pending = flag;
    else if (!word.startsWith("-")) position++;
  }
  if (pending) return { option: pending, flagsBefore };
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[position] ?? (last?.variadic ? last : undefined);
  return { ...(argument && { argument }), flagsBefore };
}

/** The flags that are not there yet. */
function flags(command: Command, before: readonly Option[]): Candidates {
  const open = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !before.includes(option));
  const candidates = open.flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
  return { candidates, files: false };
}

function commandNames(program: Command): Candidates {
  const shown = program.createHelp().visibleCommands(program);
  return {
    candidates: shown.map((command) => ({ value: command.name(), description: command.description() })),
    files: false,
  };
}

async function all(program: Command, words: readonly string[], typed: string): Promise<Candidates> {
  const [name, ...rest] = words;
  if (name === undefined) return typed.startsWith("-") ? flags(program, []) : commandNames(program);
  if (name === "help") return commandNames(program);
  const command = program.commands.find((known) => known.name() === name);
  if (!command) return { candidates: [], files: false };
  const { option, argument, flagsBefore } = cursorAfter(command, rest);
  if (option) return candidatesFor(option, typed);
  return argument && !typed.startsWith("-") ? candidatesFor(argument, typed) : flags(command, flagsBefore);
}

/**
 * What begins with what is typed so far.
 *
 * @param line the words after the program's name, the one at the cursor last, which may be empty
 */
export async function suggest(program: Command, line: readonly string[]): Promise<Candidates> {
  const words = unjoined(line);
  const typed = words.at(-1) ?? "";
  const { candidates, files } = await all(program, words.slice(0, -1), typed);
  return { candidates: candidates.filter(({ value }) => value.startsWith(typed)), files };
}
