/**
 * @file `willfit crosscheck [MODELS…]`: training steps predicted for this computer, then really run on it, and the two side by
 * side.
 */
import { type Command, Option } from "commander";
import type { HostProfile } from "../../sim/hardware.js";
import type { ActiveBackend } from "../../train/backend.js";
import { type BackendName, backendNames } from "../../train/machine.js";
import { parseCount } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { checkWritable, writeWhole } from "../writeWhole.js";
import type { CaseSize, Cases, CrosscheckCase } from "./crosscheckCases.js";
import type { CrosscheckOptions, CrosscheckRow } from "./crosscheckRow.js";
import type { Judgement, TimeTolerance } from "./crosscheckSummary.js";
import type { Crosscheck } from "./crosscheckText.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { backendOption, onThisComputer } from "./hereOptions.js";
import { type EndingSignal, Interrupted, interruptible, statusAfter } from "./interruption.js";
import {
  batchListOption,
  type ListFlags,
  listOption,
  modelOptionLists,
  planLists,
  splitList,
} from "./listOptions.js";
import { addModelOptions } from "./planOptions.js";
import { showProgress } from "./progress.js";
import { type RowsFormat, rowsFormatOf } from "./rowsFormat.js";
import { HOST, warnOfStaleHost } from "./staleHost.js";
import type { Terminal } from "./terminal.js";

const help: HelpPage = {
  examples: [
    "willfit crosscheck",
    "willfit crosscheck --quick",
    "willfit crosscheck vit-ti16 resnet50 --batch 4,8 --image 128 --per-op",
    "willfit crosscheck --backend wasm --csv --output wasm.csv",
  ],
  about: `
Predicts the step of a small model of each family at two batches, with and without rematerialisation, runs it here, and compares
step time, the peak of tensors' bytes, parameters, and the multiply-adds of products and convolutions: some minutes. Options
of plan and model replace the list's and take several values with commas between them.

No row ever enters the calibration, which knows single operations only. Where the profile is not calibrated, step time counts
only with --time-tolerance.
`,
  statuses: { 0: "they agree", 1: "they do not", 130: STOPPED },
  readOn: `docs/crosscheck.md, a whole answer; \`willfit calibrate\`, what the predictions rest on.`,
};

/** Exit status when predicted and measured are not the same, or not near enough. */
export const DISAGREE = 1;

interface CrosscheckFlags extends ListFlags {
  readonly batch?: readonly number[];
  readonly backend?: BackendName;
  readonly quick?: boolean;
  readonly perOp?: boolean;
  readonly steps?: number;
  /** Percent, of the median row and of the worst. */
  readonly timeTolerance?: readonly number[];
  readonly output?: string;
}

/** `8,20`, or one for both. @throws UserError with what would be right */
function parsePercents(text: string): readonly number[] {
  const percents = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (percents.length <= 2 && percents.every((percent) => percent >= 0)) return percents;
  throw new UserError(`--time-tolerance ${text}: not one or two percentages, such as 8,20`);
}

function toleranceOf(percents: readonly number[]): TimeTolerance {
  const [median = 0, worst = median] = percents;
  return { median: median / 100, worst: worst / 100 };
}

/**
 * The profile to predict with.
 *
 * @throws UserError where there is none for a backend that was asked for, or it is another backend's
 */
async function profileFor(preference: BackendName | undefined, active: ActiveBackend): Promise<HostProfile> {
  const { hardwareNames, loadHardware } = await import("../../sim/hardware.js");
  const load = (name: string): HostProfile => {
    const profile = loadHardware(name);
    if (profile.kind !== "host")
      throw new UserError(
        `${name}: the profile of another machine, not of a host; \`willfit calibrate\` makes one`,
      );
    return profile;
  };
  const own = `${HOST}-${active.name}`;
  const profile = load(preference !== undefined && hardwareNames().includes(own) ? own : HOST);
  const calibrated = profile.calibration?.backend;
  // Without a backend `calibrate` measures the one that is taken by default, for the profile that is.
  const remedy = `run \`willfit calibrate${preference === undefined ? "" : ` --backend ${preference}`}\``;
  if (preference !== undefined && calibrated === undefined)
    throw new UserError(`there is no profile of the ${active.name} backend: ${remedy}`);
  if (calibrated !== undefined && calibrated !== active.name)
    throw new UserError(
      `profile ${profile.name} was calibrated on ${calibrated}, and ${active.name} is active: ${remedy}`,
    );
  return profile;
}

interface Run {
  readonly rows: readonly CrosscheckRow[];
  readonly leftOut: readonly string[];
  /** What has ended it before its end. */
  readonly signal?: EndingSignal;
}

/** Times that all rows are gone over. */
const PASSES = 2;

/** Row after row, and all of them again, until there is no more or Ctrl-C is pressed. */
async function runCases(cases: readonly CrosscheckCase[], options: CrosscheckOptions): Promise<Run> {
  const { crosscheckRow } = await import("./crosscheckRow.js");
  const rows = new Map<CrosscheckCase, CrosscheckRow>();
  const leftOut = new Map<CrosscheckCase, string>();
  const progress = await showProgress(PASSES * cases.length, "rows");
  const answered = () => ({ rows: [...rows.values()], leftOut: [...leftOut.values()] });
  const run = async (one: CrosscheckCase, signal: AbortSignal) => {
    const earlier = rows.get(one);
    try {
      rows.set(one, await crosscheckRow(one, { ...options, ...(earlier && { earlier }), signal }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      leftOut.set(one, error.message);
    }
  };
  try {
    await interruptible(async (signal) => {
      for (let pass = 0; pass < PASSES; pass++) {
        for (const one of cases) {
          if (!leftOut.has(one)) await run(one, signal);
          progress.advance(1);
        }
      }
    });
    return answered();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { ...answered(), signal: error.signal };
  } finally {
    progress.stop();
  }
}

async function textOf(answer: Crosscheck, format: RowsFormat, terminal: Terminal): Promise<string> {
  const { crosscheckCsv, crosscheckMarkdown, crosscheckText } = await import("./crosscheckText.js");
  const texts: Readonly<Record<RowsFormat, () => string>> = {
    table: () => crosscheckText(answer, terminal),
    csv: () => crosscheckCsv(answer),
    json: () => JSON.stringify(answer, null, 2),
    markdown: () => crosscheckMarkdown(answer),
  };
  return texts[format]();
}

async function judgementFor(
  { timeTolerance }: CrosscheckFlags,
  { calibration }: HostProfile,
  backend: BackendName,
): Promise<Judgement> {
  const { timeTolerances } = await import("./crosscheckSummary.js");
  return {
    tolerance: timeTolerance ? toleranceOf(timeTolerance) : timeTolerances[backend],
    judgesTime: calibration !== undefined || timeTolerance !== undefined,
    judgesProducts: backend === "tensorflow",
  };
}

/** @returns the exit status */
async function answer(
  models: readonly string[],
  flags: CrosscheckFlags,
  terminal: Terminal,
): Promise<number> {
  const format = rowsFormatOf(flags);
  const { loadBackend } = await import("../../train/backend.js");
  const preference = flags.backend;
  const { caseSizes, crosscheckCases } = await import("./crosscheckCases.js");
  const casesOf = (size: CaseSize): Cases =>
    crosscheckCases({
      models: models.flatMap((model) => splitList("models", model)),
      modelOptions: modelOptionLists(flags),
      plans: planLists(flags),
      ...(flags.batch && { batches: flags.batch }),
      size,
    });
  // What it refuses is told before TensorFlow is loaded.
  casesOf("small");
  if (flags.output !== undefined) checkWritable(flags.output);
  const backend = await loadBackend(preference);
  const { name, version, threads } = backend;
  const host = await profileFor(preference, backend);
  await warnOfStaleHost(host.name, terminal);
  if (!host.calibration)
    terminal.note(
      `profile ${host.name} is not calibrated: its step times are another computer's; \`willfit calibrate\` measures this one`,
    );
  // From each backend to the next a step takes ten times as long, and more: so much smaller are the models.
  const sizeIndex = backendNames.indexOf(name) + (flags.quick ? 1 : 0);
  const { cases, leftOut } = casesOf(caseSizes[sizeIndex] ?? "small");
  const grouped = name === "tensorflow";
  const { perOp = false, steps } = flags;
  const run = await runCases(cases, {
    host,
    grouped,
    perOp,
    ...(steps !== undefined && { leastSteps: steps }),
  });
  const reasons = [...new Set([...leftOut, ...run.leftOut])];
  const { rows, signal } = run;
  const finished = signal === undefined;
  if (rows.length > 0) for (const reason of reasons) terminal.note(`left out: ${reason}`);
  if (!finished)
    terminal.note(
      `stopped after ${rows.length} of ${cases.length} rows${rows.length === cases.length ? ", in the second pass" : ""}`,
    );
  if (rows.length === 0) {
    if (!finished) return statusAfter(signal);
    throw new UserError(`nothing can be compared: ${reasons[0]}`);
  }
  const judgement = await judgementFor(flags, host, name);
  const { summaryOf } = await import("./crosscheckSummary.js");
  const summary = summaryOf(rows, judgement);
  const text = await textOf(
    {
      backend: { name, version, threads },
      hardware: host.name,
      calibration: host.calibration ?? null,
      ...judgement,
      rows,
      summary,
      finished,
    },
    format,
    terminal,
  );
  if (flags.output === undefined) terminal.print(text);
  else {
    writeWhole(flags.output, `${text}\n`);
    terminal.note(`${flags.output}: ${rows.length} rows`);
  }
  if (!finished) return statusAfter(signal);
  return summary.agrees ? 0 : DISAGREE;
}

export function configure(command: Command, terminal: Terminal, finish: (status: number) => void): void {
  addHelp(command, help, terminal);
  command
    .argument("[models...]", "models of `willfit models` (default: a small one of each family)")
    .addOption(batchListOption())
    .addOption(backendOption())
    .option("--quick", "smaller models, as WebAssembly gets anyway, and plain JavaScript yet smaller ones")
    .option("--per-op", "also where the two disagree most, by place in the model and by operation")
    .addOption(
      new Option("--steps <n>", "steps to time at least, twice (default: 5, and two seconds)").argParser(
        (text) => parseCount(text, { name: "--steps", of: "a number of steps", like: "5 or 20" }),
      ),
    )
    .addOption(
      new Option(
        "--time-tolerance <percent,…>",
        "of step time, of the median row and of the worst (default: 8,20 on TensorFlow, else 12,30)",
      ).argParser(parsePercents),
    )
    .option("--csv", "a line for each row, in bytes and seconds")
    .option("--json", "one JSON object, in bytes and seconds, for programs")
    .option("--markdown", "a table in Markdown")
    .option("-o, --output <file>", "where to write it, whole (default: standard output)");
  addModelOptions(command, onThisComputer(listOption)).action(
    async (models: readonly string[], flags: CrosscheckFlags) =>
      finish(await answer(models, flags, terminal)),
  );
}
