/** @file `willfit verify MODEL --on TPU --batch N`: XLA's own compiler on the very same program, beside us. */
import type { Command } from "commander";
import type { Figures, PlaceTime, Verification } from "../../sim/verify.js";
import { formatBytes, formatMagnitude, formatSeconds } from "../units/quantity.js";
import { waitFor } from "./interruption.js";
import { addQueryOptions, type QueryFlags, queryFrom } from "./planOptions.js";
import { verdictWords } from "./reportText.js";
import { table } from "./table.js";
import { printJson, type Terminal } from "./terminal.js";

const examples = `
  willfit verify vit-s16 --batch 1k --on tpu-v3-8
  willfit verify resnet50 --batch 1k --on tpu-v3-8 --per-op
  willfit verify vit-s16 --image 32 --width 64 --depth 2 --heads 2 --batch 8 --execute

Exports the program and has the TPU compiler compile it, which needs Python with jax, jaxlib and libtpu but no TPU. A
compile takes up to minutes, once. With --execute the program also runs, on this computer's processor: one step in
XLA and one in TensorFlow.js, whose results are compared.

Exit status with --execute: 0 they agree, 1 they do not.
`;

interface VerifyFlags extends QueryFlags {
  readonly perOp?: boolean;
  readonly execute?: boolean;
}

/** Places shown; the rest is in the JSON. */
const SHOWN_PLACES = 24;

const signedPercent = (ours: number, theirs: number) => {
  const percent = (ours / theirs - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
};

/** One line: both sides' figure, and how far ours is from the compiler's. */
function figureRow(
  name: string,
  { willfit, compiler }: Verification,
  figure: (of: Figures) => number | null,
  format: (value: number) => string,
): readonly string[] {
  const [ours, theirs] = [figure(willfit), figure(compiler)];
  const shown = (value: number | null) => (value === null ? "–" : format(value));
  const difference = ours === null || theirs === null ? "" : signedPercent(ours, theirs);
  return [name, shown(ours), shown(theirs), difference];
}

function placesTable(places: readonly PlaceTime[], terminal: Terminal): string {
  const rows = places
    .slice(0, SHOWN_PLACES)
    .map(({ place, willfitSeconds, compilerSeconds }) => [
      place,
      formatSeconds(willfitSeconds),
      formatSeconds(compilerSeconds),
    ]);
  const columns = [
    { heading: "where the time goes", wraps: true },
    { heading: "willfit", align: "right" },
    { heading: "XLA", align: "right" },
  ] as const;
  const rest = places.length - rows.length;
  const more = rest > 0 ? [terminal.colors.dim(`… ${rest} more: --json has them all`)] : [];
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

async function compare(model: string, flags: VerifyFlags, terminal: Terminal): Promise<void> {
  const query = queryFrom(model, flags);
  const { verify } = await import("../../sim/verify.js");
  const verification = await waitFor(terminal, `compiling ${model} for ${query.hardware}`, (signal) =>
    verify(query, { signal }),
  );
  if (flags.json) return printJson(terminal, verification);
  terminal.print(verificationText(verification, flags.perOp ?? false, terminal));
}

export function configure(command: Command, terminal: Terminal): void {
  addQueryOptions(command)
    .optionsGroup("Options:")
    .option("--per-op", "also where the time goes, by place in the model")
    .option("--execute", "run a step in XLA and in TensorFlow.js, and compare: for tiny sizes")
    .addHelpText("before", examples)
    .action((model: string, flags: VerifyFlags) => compare(model, flags, terminal));
}
