/**
 * @file The terminal as commands see it: two streams, colours where they are wanted, and a width.
 */
import picocolors from "picocolors";
import { printable } from "../units/printable.js";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a run of the program is given from outside; tests give their own. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Colors = ReturnType<typeof picocolors.createColors>;

export interface Terminal {
  /** A piece of the answer, on standard output; ends the line. */
  readonly print: (text: string) => void;
  /** Everything that is not the answer, on standard error; ends the line. */
  readonly note: (text: string) => void;
  /** Says on standard error what is being done for as long as it takes, if a person is looking. */
  readonly during: <T>(what: string, work: () => T) => T;
  readonly colors: Colors;
  readonly width: number;
}

/** Longer lines are hard to follow with the eye. */
const WIDEST = 110;
/** Of pipes and files, which have no width. */
const WIDTH_ELSEWHERE = 80;

/** Back to the start of the line, and erase to its end. */
const ERASE_LINE = "\r\u001b[K";

/** https://no-color.org and https://force-color.org, then whether a person is looking. */
function wantsColors({ isTTY }: Pick<Output, "isTTY">, env: Io["env"]): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return isTTY === true && env.TERM !== "dumb";
}

/** The colours for what is written to `output`. */
export function colorsFor(output: Pick<Output, "isTTY">, env: Io["env"]): Colors {
  return picocolors.createColors(wantsColors(output, env));
}

export function terminalOf(io: Io): Terminal {
  const columns = io.stdout.columns ?? Number(io.env.COLUMNS);
  return {
    print: (text) => io.stdout.write(`${text}\n`),
    // There are names of files in them, which may be anything.
    note: (text) => io.stderr.write(`${text.split("\n").map(printable).join("\n")}\n`),
    during: (what, work) => {
      if (io.stderr.isTTY !== true || io.env.TERM === "dumb") return work();
      io.stderr.write(`${what} …`);
      try {
        return work();
      } finally {
        io.stderr.write(ERASE_LINE);
      }
    },
    colors: colorsFor(io.stdout, io.env),
    width: Math.min(columns > 0 ? columns : WIDTH_ELSEWHERE, WIDEST),
  };
}

/** One JSON value and nothing else, for programs. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, null, 2));
}
