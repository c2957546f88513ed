/** @file `willfit verify MODEL --on TPU --batch N`: XLA's own compiler on the very same program, beside us. */
import type { Command } from "commander";
import type { Figures, PlaceTime, Verification } from "../../sim/verify.js";
import type { Agreement } from "../../train/agreement.js";
import { formatBytes, formatDifference, formatMagnitude, formatSeconds } from "../units/quantity.js";
import { UserError } from "../units/userError.js";
import { addHelp, type HelpPage, STOPPED } from "./help.js";
import { waitFor } from "./interruption.js";
import { withoutBlockNumbers } from "./places.js";
import { addQueryOptions, type QueryFlags, queryFrom, questionFrom } from "./planOptions.js";
import { table } from "./table.js";
import { printJson, type Terminal } from "./terminal.js";
import { verdictWords } from "./verdictWords.js";

const help: HelpPage = {
  examples: [
    "willfit verify vit-s16 --batch 1k --on tpu-v3-8",
    "willfit verify resnet50 --batch 1k --on tpu-v3-8 --per-op",
    "willfit verify vit-s16 --image 32 --width 64 --depth 2 --heads 2 --batch 8 --execute",
  ],
  about: `
Exports the program, has the TPU compiler compile it, and shows both sides' memory, FLOPs and cycles. It needs Python with jax,
jaxlib and libtpu but no TPU. A compile takes up to minutes, once. With --execute the program also runs, on this computer's
processor: one step in XLA and one in TensorFlow.js, whose results are compared.
`,
  statuses: { 1: "--execute: results disagree", 130: STOPPED },
  readOn: "docs/xla.md, what it has shown; docs/validation-memory.md, all steps that were compared.",
};

interface VerifyFlags extends QueryFlags {
  readonly perOp?: boolean;
  readonly execute?: boolean;
}

/** Exit status when XLA and TensorFlow.js compute different things. */
export const DISAGREE = 1;

/** What people are shown; the rest is in the JSON. */
const [SHOWN_PLACES, SHOWN_OUTPUTS] = [16, 8];

/** One line: both sides' figure, and how far ours is from the compiler's. */
function figureRow(
  name: string,
  { willfit, compiler }: Verification,
  figure: (of: Figures) => number | null,
  format: (value: number) => string,
): readonly string[] {
  const [ours, theirs] = [figure(willfit), figure(compiler)];
  const shown = (value: number | null) => (value === null ? "–" : format(value));
  const difference = ours === null || theirs === null ? "" : formatDifference(ours / theirs - 1);
  return [name, shown(ours), shown(theirs), difference];
}

const addTimes = (a: PlaceTime, b: PlaceTime): PlaceTime => ({
  place: a.place,
  willfitSeconds: a.willfitSeconds + b.willfitSeconds,
  compilerSeconds: a.compilerSeconds + b.compilerSeconds,
});

function placesTable(all: readonly PlaceTime[], terminal: Terminal): string {
  const time = (of: PlaceTime) => Math.max(of.willfitSeconds, of.compilerSeconds);
  const places = [...withoutBlockNumbers(all, addTimes)].sort((a, b) => time(b) - time(a));
  const rows = places
    .slice(0, SHOWN_PLACES)
    .map(({ place, willfitSeconds, compilerSeconds, count }) => [
      count === 1 ? place : `${place} × ${count}`,
      formatSeconds(willfitSeconds),
      formatSeconds(compilerSeconds),
    ]);
  const columns = [
    { heading: "where the time goes", wraps: true },
    { heading: "willfit", align: "right" },
    { heading: "XLA", align: "right" },
  ] as const;
  const rest = places.length - rows.length;
  const more = rest > 0 ? [terminal.colors.dim(`… ${rest} more: --json has them all, block by block`)] : [];
  return [table(columns, rows, terminal), ...more].join("\n");
}

function verificationText(verification: Verification, perOp: boolean, terminal: Terminal): string {
  const { model, hardware, devices, globalBatch, batchPerDevice, willfit, compiler } = verification;
  const { compilerRematerialized, compilerVersions } = verification;
  const magnitude = (value: number) => formatMagnitude(value);
  const rows = [
    ["verdict", verdictWords[willfit.verdict], verdictWords[compiler.verdict], ""],
    figureRow("arguments", verification, (of) => of.argumentBytes, formatBytes),
    figureRow("temporaries", verification, (of) => of.tempBytes, formatBytes),
    figureRow("peak", verification, (of) => of.peakBytes, formatBytes),
    figureRow("FLOPs", verification, (of) => of.flops, magnitude),
    figureRow("bytes accessed", verification, (of) => of.bytesAccessed, formatBytes),
    figureRow("cycles", verification, (of) => of.cycles, magnitude),
    figureRow("time", verification, (of) => of.seconds, formatSeconds),
  ];
  const columns = [
    { heading: "one device" },
    { heading: "willfit", align: "right" },
    { heading: "XLA", align: "right" },
    { heading: "difference", align: "right" },
  ] as const;
  const { colors } = terminal;
  const notes = [
    `libtpu ${compilerVersions.libtpu}, jax ${compilerVersions.jax}. Cycles are the compiler's own estimate, no measurement; collectives are in neither.`,
    ...(compilerRematerialized > 0
      ? [`To fit, the compiler computes ${compilerRematerialized} instructions a second time.`]
      : []),
  ];
  return [
    colors.bold(
      `${model}, ${globalBatch.toLocaleString("en")} examples a step on ${hardware} (${devices} devices, ${batchPerDevice.toLocaleString("en")} each)`,
    ),
    "",
    table(columns, rows, terminal),
    "",
    ...notes.map(colors.dim),
    ...(perOp ? ["", placesTable(verification.places, terminal)] : []),
  ].join("\n");
}

async function compareWithCompiler(
  asked: string | undefined,
  flags: VerifyFlags,
  terminal: Terminal,
): Promise<void> {
  const query = queryFrom(asked, flags);
  const { model } = query;
  const { verify } = await import("../../sim/verify.js");
  const verification = await waitFor(terminal, `compiling ${model} for ${query.hardware}`, (signal) =>
    verify(query, { signal, onNotKept: (why) => terminal.note(`not kept for the next time: ${why}`) }),
  );
  if (flags.json) return printJson(terminal, verification);
  terminal.print(verificationText(verification, flags.perOp ?? false, terminal));
}

function agreementText(
  { losses, outputs, agrees, tolerances }: Agreement,
  { colors, width }: Terminal,
): string {
  const verdict = agrees ? colors.green("agree") : colors.red("do not agree");
  const rows = outputs
    .slice(0, SHOWN_OUTPUTS)
    .map(({ name, role, relativeDifference }) => [
      name,
      role,
      relativeDifference === 0 ? "0" : relativeDifference.toExponential(1),
    ]);
  const columns = [
    { heading: "largest differences", wraps: true },
    { heading: "is" },
    { heading: "relative", align: "right" },
  ] as const;
  return [
    `XLA and TensorFlow.js ${colors.bold(verdict)}: loss ${losses.xla} and ${losses.willfit}, ${outputs.length} outputs`,
    "",
    table(columns, rows, { colors, width }),
    "",
    colors.dim(`Tolerated: ${tolerances.result} of a result, ${tolerances.update} of an update's norm.`),
  ].join("\n");
}

/** Runs the step twice. @returns whether both computed the same */
async function compareResults(
  asked: string | undefined,
  flags: VerifyFlags,
  terminal: Terminal,
): Promise<boolean> {
  const question = questionFrom(asked, flags);
  const { model } = question;
  if (question.plan.activations === "bf16") {
    throw new UserError(
      "--activations bf16: this computer computes in f32 only, and --execute compares that; leave it out",
    );
  }
  const { stepAgreement } = await import("../../train/agreement.js");
  const { loadBackend } = await import("../../train/backend.js");
  const { buildModel } = await import("../models/zoo.js");
  const { planFor } = await import("../../sim/query.js");
  const built = buildModel(model, question.modelOptions);
  const plan = { ...planFor(question, built, 1), activations: "f32" as const };
  const { name, version } = await loadBackend();
  const agreement = await waitFor(terminal, `one step in XLA and one on ${name} ${version}`, (signal) =>
    stepAgreement(built, plan, { signal }),
  );
  if (flags.json) printJson(terminal, { model, plan, ...agreement });
  else terminal.print(agreementText(agreement, terminal));
  return agreement.agrees;
}

export function configure(command: Command, terminal: Terminal, finish: (status: number) => void): void {
  addHelp(command, help, terminal);
  addQueryOptions(command)
    .optionsGroup("Options:")
    .option("--per-op", "also where the time goes, by place in the model")
    .option("--execute", "run a step in XLA and in TensorFlow.js, and compare: for tiny sizes")
    .action(async (model: string | undefined, flags: VerifyFlags) => {
      if (!flags.execute) return compareWithCompiler(model, flags, terminal);
      finish((await compareResults(model, flags, terminal)) ? 0 : DISAGREE);
    });
}
