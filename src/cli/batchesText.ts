/** @file A study of batch sizes as tables, one for each machine and loss, and as CSV. */
import type { BatchesQuestion, BatchRow, Rung } from "../../sim/batches.js";
import { loadHardware } from "../../sim/hardware.js";
import { groupsBy } from "../groupsBy.js";
import { batchStudies } from "../recipes/batchStudy.js";
import { formatBytes, formatCount, formatMagnitude, formatSeconds } from "../units/quantity.js";
import { csv } from "./csv.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";

type View = Pick<Terminal, "colors" | "width">;

/** Marks what fits only because the compiler recomputes. */
const RECOMPUTES = "*";

function cells(
  { globalBatch, lossBytes, setup, accuracyPercent }: BatchRow,
  hasRun: boolean,
): readonly string[] {
  const accuracy = accuracyPercent === null ? "" : `${accuracyPercent.toFixed(1)} %`;
  const batch = formatCount(globalBatch);
  if (!setup) {
    return [batch, "nothing fits", "", "", formatBytes(lossBytes), "", ...(hasRun ? [""] : []), accuracy];
  }
  const { rung, chips, prediction, runSeconds } = setup;
  const { memory, time } = prediction;
  return [
    batch,
    `${rung}${memory.verdict === "fits-with-recompute" ? RECOMPUTES : ""}`,
    formatCount(chips),
    formatBytes(memory.peakBytes),
    formatBytes(lossBytes),
    formatSeconds(time.stepSeconds),
    ...(runSeconds === undefined ? [] : [formatSeconds(runSeconds)]),
    accuracy,
  ];
}

/** `up to 8,192 on 4 chips` */
function largestWords(rows: readonly BatchRow[], chips: number): string {
  const fitting = rows.filter(({ fitsSlice }) => fitsSlice);
  if (fitting.length === rows.length) return `all of them fit on ${formatCount(chips)} chips`;
  const most = fitting.at(-1);
  if (!most) return `none of them fits on ${formatCount(chips)} chips`;
  return `up to ${formatCount(most.globalBatch)} on ${formatCount(chips)} chips`;
}

function section(rows: readonly BatchRow[], question: BatchesQuestion, view: View): string {
  const [{ hardware, loss }] = rows as readonly [BatchRow];
  const { model, plan, examples } = question;
  const machine = loadHardware(hardware);
  const perChip = machine.kind === "host" ? 1 : machine.devicesPerChip.value;
  const hasRun = examples !== undefined;
  const hasAccuracy = rows.some(({ accuracyPercent }) => accuracyPercent !== null);
  const columns: readonly Column[] = [
    { heading: "batch", align: "right" },
    { heading: "plan" },
    { heading: "chips", align: "right" },
    { heading: "memory", align: "right" },
    { heading: "loss", align: "right" },
    { heading: "step", align: "right" },
    ...(hasRun ? [{ heading: "run", align: "right" } as const] : []),
    { heading: hasAccuracy ? "paper" : "", align: "right" },
  ];
  const title = `${model}${loss === null ? "" : `, ${loss} loss`}, on ${hardware}`;
  return [
    `${view.colors.bold(title)}: ${largestWords(rows, (plan.devices ?? machine.devices) / perChip)}`,
    table(
      columns,
      rows.map((row) => cells(row, hasRun)),
      view,
    ),
  ].join("\n");
}

const rungWords: Readonly<Record<Rung, string>> = {
  "as asked": "as asked",
  block: "block: with block rematerialisation",
  "block, 8": "block, 8: with block rematerialisation and 8 microbatches",
};

/** What the columns mean, as far as there is something in them. */
function notes(rows: readonly BatchRow[], { model, examples }: BatchesQuestion): readonly string[] {
  const plans = (Object.keys(rungWords) as readonly Rung[]).filter(
    (rung) => rung !== "as asked" && rows.some(({ setup }) => setup?.rung === rung),
  );
  const study = batchStudies[model];
  const isStudys = study !== undefined && study.examples === examples;
  const seen = examples === undefined ? "" : `${formatMagnitude(examples)} examples seen`;
  const lines: readonly (readonly [boolean, string])[] = [
    ...plans.map((rung) => [true, rungWords[rung]] as const),
    [
      rows.some(({ setup }) => setup?.prediction.memory.verdict === "fits-with-recompute"),
      `${RECOMPUTES}: because the compiler recomputes`,
    ],
    [rows.some(({ fitsSlice }) => !fitsSlice), "chips: the fewest, where the machine itself is too small"],
    [true, "memory: of a device; loss: at most, of a device of the machine itself"],
    [seen !== "", `run: ${seen}${isStudys ? `, as in the batch-size study of ${study.source}` : ""}`],
    [
      rows.some(({ accuracyPercent }) => accuracyPercent !== null),
      study
        ? `paper: ImageNet zero-shot accuracy after ${formatMagnitude(study.examples)} examples, ${study.source}`
        : "",
    ],
  ];
  return lines.flatMap(([isThere, line]) => (isThere ? [line] : []));
}

export function batchesText(rows: readonly BatchRow[], question: BatchesQuestion, view: View): string {
  const sections = groupsBy(rows, ({ hardware, loss }) => `${hardware} ${loss}`).map((group) =>
    section(group, question, view),
  );
  return [...sections, notes(rows, question).map(view.colors.dim).join("\n")].join("\n\n");
}

/** SI base units, unrounded; empty where nothing fits or nothing is published. */
export function batchesCsv(rows: readonly BatchRow[], { model }: BatchesQuestion): string {
  const names = [
    ["model", "hardware", "loss", "globalBatch", "lossBytes", "fitsSlice"],
    ["rung", "devices", "chips", "remat", "microbatches", "verdict", "peakBytes", "capacityBytes"],
    ["stepSeconds", "examplesPerSecond", "runSeconds", "accuracyPercent"],
  ].flat();
  const records = rows.map(
    ({ hardware, loss, globalBatch, lossBytes, fitsSlice, setup, accuracyPercent }) => {
      const { plan, memory, time } = setup?.prediction ?? {};
      return [
        ...[model, hardware, loss, globalBatch, lossBytes, fitsSlice],
        ...[setup?.rung, setup?.devices, setup?.chips, plan?.remat, plan?.microbatches],
        ...[memory?.verdict, memory?.peakBytes, memory?.capacityBytes],
        ...[time?.stepSeconds, time?.examplesPerSecond, setup?.runSeconds, accuracyPercent],
      ];
    },
  );
  return csv(names, records);
}
