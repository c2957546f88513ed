/** @file What `--help` says of a command before its options: examples, what the answer is, the exit status, and where to read on. */
import type { Command } from "commander";
import type { Terminal } from "./terminal.js";
import { wrapped } from "./wrapped.js";

export interface HelpPage {
  /** Command lines as they are typed. */
  readonly examples: readonly string[];
  /** What the answer is and what it means. Paragraphs are wrapped where they are shown; what is indented stays as it is. */
  readonly about: string;
  /** Exit statuses that are not every command's. */
  readonly statuses?: Readonly<Record<number, string>>;
  readonly readOn: string;
}

/** Of every command that says nothing else. */
const usualStatuses: Readonly<Record<number, string>> = {
  0: "it is answered",
  2: "the question was malformed",
};

/** What commands say that wait for Ctrl-C. */
export const STOPPED = "stopped by Ctrl-C (143 by SIGTERM, 129 by a terminal that is closed)";

const INDENT = "  ";
const CONTINUED = " \\";

function paragraph(text: string, width: number): string {
  return text.startsWith(INDENT) ? text : wrapped(text.replaceAll("\n", " "), width).join("\n");
}

/** Between a flag and its value, so that a line is not broken there. */
const GLUE = "\0";

/** One that is too long is broken as a shell takes it. */
function example(line: string, width: number): string {
  const room = width - 2 * INDENT.length - CONTINUED.length;
  const glued = line.replace(/(?<= --?[\w-]+) (?=[^-])/g, GLUE);
  const lines = wrapped(glued, room).map((part) => part.replaceAll(GLUE, " "));
  return `${INDENT}${lines.join(`${CONTINUED}\n${INDENT}${INDENT}`)}`;
}

/** The page as it is shown at a width. */
function helpText({ examples, about, statuses = {}, readOn }: HelpPage, width: number): string {
  const exits = Object.entries({ ...usualStatuses, ...statuses }).map(
    ([status, when]) => `${status} ${when}`,
  );
  return [
    ["Examples:", ...examples.map((line) => example(line, width))].join("\n"),
    ...about
      .trim()
      .split("\n\n")
      .map((text) => paragraph(text, width)),
    paragraph(`Exit status: ${exits.join(", ")}.`, width),
    paragraph(`Read on: ${readOn}`, width),
    "",
  ].join("\n\n");
}

/** Puts a page before what commander says of a command. */
export function addHelp(command: Command, page: HelpPage, { width }: Pick<Terminal, "width">): Command {
  return command.addHelpText("before", () => helpText(page, width).trimEnd().concat("\n"));
}
