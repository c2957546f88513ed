/**
 * @file The command line: arguments in, an exit status out. A new command is its file and a line in `commands`.
 */
import { Command, CommanderError } from "commander";
import { nearestName } from "../units/nearestName.js";
import { printable } from "../units/printable.js";
import { UserError } from "../units/userError.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { INTERRUPTED, Interrupted, statusAfter } from "./interruption.js";
import { type Io, type Terminal, terminalOf } from "./terminal.js";
import { packageVersion } from "./version.js";

/**
 * Gives a command its arguments, options and action. The action reports an exit status other than 0 through
 * `finish`.
 */
export type Configure = (command: Command, terminal: Terminal, finish: (status: number) => void) => void;

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** For programs to call, and in no list. */
  readonly hidden?: true;
  /** Only the command that is run is loaded. */
  readonly load: () => Promise<Configure>;
}

const commands: readonly Entry[] = [
  {
    name: "fit",
    summary: "whether a batch fits, the largest that does, and what to change if it does not",
    load: async () => (await import("./fit.js")).configure,
  },
  {
    name: "predict",
    summary: "memory and time of one training step",
    load: async () => (await import("./predict.js")).configure,
  },
  {
    name: "sweep",
    summary: "every combination of some models, machines, plans and batches",
    load: async () => (await import("./sweep.js")).configure,
  },
  {
    name: "compare",
    summary: "models side by side, at equal batch and at the largest of each",
    load: async () => (await import("./compare.js")).configure,
  },
  {
    name: "report",
    summary: "a page with charts of all that is known of a step, to read and to pass on",
    load: async () => (await import("./report.js")).configure,
  },
  {
    name: "batches",
    summary: "what each batch size takes, beside what is known of its accuracy",
    load: async () => (await import("./batches.js")).configure,
  },
  {
    name: "dashboard",
    summary: "all of it on the whole screen, changed with keys; what willfit alone opens in a terminal",
    load: async () => (await import("./dashboard.js")).configure,
  },
  {
    name: "train",
    summary: "train a model here, on real data",
    load: async () => (await import("./train.js")).configure,
  },
  {
    name: "crosscheck",
    summary: "training steps predicted for this computer, and really run on it",
    load: async () => (await import("./crosscheck.js")).configure,
  },
  {
    name: "experiment",
    summary: "a finding of the papers tried here, with small models and several seeds",
    load: async () => (await import("./experiment.js")).configure,
  },
  {
    name: "models",
    summary: "the models, with their sizes and papers",
    load: async () => (await import("./models.js")).configure,
  },
  {
    name: "recipes",
    summary: "the papers' training runs: steps, time and result as published",
    load: async () => (await import("./recipes.js")).configure,
  },
  {
    name: "hardware",
    summary: "the machines, with every constant and its source",
    load: async () => (await import("./hardware.js")).configure,
  },
  {
    name: "calibrate",
    summary: "measure this computer, or correct a machine's profile by steps timed on it",
    load: async () => (await import("./calibrate.js")).configure,
  },
  {
    name: "explain",
    summary: "what each pass made of the program, and what is in memory when",
    load: async () => (await import("./explain.js")).configure,
  },
  {
    name: "verify",
    summary: "XLA's own compiler on the very same program, beside the simulator",
    load: async () => (await import("./verify.js")).configure,
  },
  {
    name: "export",
    summary: "the training program as a StableHLO module, for XLA and JAX",
    load: async () => (await import("./export.js")).configure,
  },
  {
    name: "doctor",
    summary: "which training backend this computer has, and how to get a faster one",
    load: async () => (await import("./doctor.js")).configure,
  },
  {
    name: "completion",
    summary: "the script by which bash, zsh, fish or PowerShell completes all of this",
    load: async () => (await import("./completion.js")).configure,
  },
  {
    name: "complete",
    summary: "what a half-typed command line can go on with",
    hidden: true,
    load: async () => (await import("./complete.js")).configure,
  },
];

/** Exit statuses beside those of the commands: sysexits.h calls 70 an internal software error. */
export const MALFORMED = 2;
export const INTERNAL_ERROR = 70;

const help: HelpPage = {
  examples: [
    "willfit",
    "willfit fit siglip-b16 --batch 32k --on tpu-v4x4",
    "willfit predict resnet50 --batch 1k --on tpu-v3-8 --json",
    "willfit hardware tpu-v4x4",
  ],
  about: `
Will this batch fit, how long is a step, and what would I change? Predicts memory and time of training vision models on TPUs, and
trains the same models here. Without a command it opens the dashboard in a terminal, and answers one question elsewhere.

Answers go to standard output, everything else to standard error. Colours are for terminals; NO_COLOR=1 keeps them away.
`,
  statuses: {
    1: "the answer is no (fit, verify --execute, crosscheck)",
    [INTERRUPTED]: STOPPED,
    [INTERNAL_ERROR]: "a mistake of our own",
  },
  readOn:
    "`willfit COMMAND --help`; README.md and docs/ of the package; docs/validation-time.md, how right it is.",
};

/** What people are told of. */
const commandNames = commands.flatMap(({ name, hidden }) => (hidden ? [] : [name]));

const isCommand = (word: string | undefined) => commands.some(({ name }) => name === word);

/**
 * `fit help` is `help fit`.
 *
 * @throws UserError for help about a command that there is not: commander would print all of its own
 */
function helpFirst(argv: readonly string[]): readonly string[] {
  const [first, second, ...rest] = argv;
  if (isCommand(first) && second === "help" && rest.length === 0) return ["help", first!];
  if (first === "help" && second !== undefined && second !== "help" && !isCommand(second))
    throw new UserError(`help ${second}: no command; ${nearestName(second, commandNames)}`);
  return argv;
}

/** Commander's messages, on one line and in our words where it has too few. */
function commanderMessage(error: CommanderError): string {
  const message = error.message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.+)\?\)$/, "; did you mean $1?")
    .replaceAll("\n", " ");
  if (error.code === "commander.unknownCommand" && !message.includes("did you mean"))
    return `${message}; commands: ${commandNames.join(", ")}`;
  return error.code === "commander.missingArgument" ? `${message}; --help shows what goes where` : message;
}

/** What the system refuses says what was tried, of which file, and why: a full disk or a folder of another person's is no bug. */
const isOfTheSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

function report(error: unknown, { note }: Terminal, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    note(`willfit: ${printable(commanderMessage(error))}`);
    return MALFORMED;
  }
  if (error instanceof Interrupted) {
    note(error.message);
    return statusAfter(error.signal);
  }
  if (error instanceof UserError || isOfTheSystem(error)) {
    note(`willfit: ${printable(error.message)}`);
    return MALFORMED;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const hint = io.env.WILLFIT_DEBUG ? "" : "; WILLFIT_DEBUG=1 shows where";
  note(`willfit: unexpected ${printable(message)} (this is a bug${hint})`);
  if (io.env.WILLFIT_DEBUG && error instanceof Error) note(error.stack ?? "");
  return INTERNAL_ERROR;
}

/** Whether a run has the process's own streams, which keys come from. */
const isProcess = (io: Io) => io.stdout === process.stdout;

/** Runs one command line, without the program's own name, and resolves to its exit status. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const terminal = terminalOf(io);
  let status = 0;
  try {
    if (argv.length === 0) {
      const { hasScreen, showDashboard } = await import("./dashboard.js");
      if (isProcess(io) && hasScreen()) {
        await showDashboard(terminal);
        return 0;
      }
      const { headline } = await import("./headline.js");
      await headline(terminal);
      return 0;
    }
    const program = new Command("willfit")
      .version(packageVersion())
      .exitOverride()
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
        // Errors are reported once, by `report`.
        outputError: () => {},
        getOutHelpWidth: () => terminal.width,
        getOutHasColors: () => terminal.colors.isColorSupported,
      })
      .configureHelp({ subcommandTerm: (command) => command.name(), styleTitle: terminal.colors.bold });
    addHelp(program, help, terminal);
    for (const { name, summary, hidden = false, load } of commands) {
      const command = program.command(name, { hidden }).description(summary);
      if (argv.includes(name)) {
        const configure = await load();
        configure(command, terminal, (given) => {
          status = given;
        });
      }
    }
    await program.parseAsync(helpFirst(argv), { from: "user" });
    return status;
  } catch (error) {
    return report(error, terminal, io);
  }
}
