/** @file What `willfit crosscheck` says: tables for people, Markdown and CSV. */
import type { HostProfile } from "../../sim/hardware.js";
import type { ActiveBackend } from "../../train/backend.js";
import { spreadOf } from "../../train/measureStep.js";
import { groupsBy } from "../groupsBy.js";
import { type ModelOptions, optionFlag } from "../models/options.js";
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatMagnitude,
  formatPercent,
  formatSeconds,
} from "../units/quantity.js";
import { type BothSeconds, type CrosscheckRow, disagreement, type PlaceSeconds } from "./crosscheckRow.js";
import {
  type CrosscheckSummary,
  type Judgement,
  peakIsEqual,
  productsAreEqual,
} from "./crosscheckSummary.js";
import { type Field, fieldsCsv, fieldsMarkdown, fieldsTable, fittingFields, shownFields } from "./fields.js";
import { withoutBlockNumbers } from "./places.js";
import { modelOptionFields, planFields } from "./queryFields.js";
import { table } from "./table.js";
import type { Terminal } from "./terminal.js";

/** The whole answer: what `--json` prints. */
export interface Crosscheck extends Judgement {
  readonly backend: Pick<ActiveBackend, "name" | "version" | "threads">;
  readonly hardware: string;
  readonly calibration: HostProfile["calibration"] | null;
  readonly rows: readonly CrosscheckRow[];
  readonly summary: CrosscheckSummary;
  /** False when it was stopped before the last row. */
  readonly finished: boolean;
}

/** `siglip-b16 --width 192 --heads 3` */
function labelOf(model: string, options: ModelOptions): string {
  const flags = Object.entries(options).map(([name, value]) => `${optionFlag(name)} ${value}`);
  return [model, ...flags].join(" ");
}

/** Ours against theirs: `equal`, or how far off. */
function comparedText(ours: number, theirs: number, equal: boolean): string {
  return equal ? "equal" : formatDifference(ours / theirs - 1);
}

/** What is computed again is said of every row. */
const planFieldsOf = (rows: readonly CrosscheckRow[]): readonly Field<CrosscheckRow>[] =>
  planFields(rows).map((field) => (field.name === "remat" ? { ...field, ifVaried: false } : field));

/** Every column, in the order of CSV. */
function fieldsOf(rows: readonly CrosscheckRow[]): readonly Field<CrosscheckRow>[] {
  return [
    {
      name: "model",
      heading: "model",
      isText: true,
      value: ({ model }) => model,
      format: ({ model, modelOptions }) => labelOf(model, modelOptions),
    },
    // People see the options beside the model's name.
    ...modelOptionFields(rows).map(({ name, value }): Field<CrosscheckRow> => ({ name, value })),
    { name: "globalBatch", heading: "batch", value: ({ globalBatch }) => globalBatch },
    ...planFieldsOf(rows),
    {
      name: "predictedStepSeconds",
      heading: "predicted",
      value: ({ predicted }) => predicted.stepSeconds,
      format: ({ predicted }) => formatSeconds(predicted.stepSeconds),
    },
    {
      name: "measuredStepSeconds",
      heading: "measured",
      value: ({ measured }) => measured.stepSeconds,
      format: ({ measured }) => formatSeconds(measured.stepSeconds),
    },
    {
      name: "timeError",
      heading: "error",
      value: ({ timeError }) => timeError,
      format: ({ timeError }) => formatDifference(timeError),
    },
    {
      name: "lowerQuartileSeconds",
      heading: "spread",
      dispensable: 2,
      value: ({ measured }) => measured.quartileSeconds[0],
      format: ({ measured }) => `± ${(100 * spreadOf(measured)).toFixed(1)} %`,
    },
    { name: "upperQuartileSeconds", value: ({ measured }) => measured.quartileSeconds[1] },
    { name: "timedSteps", value: ({ measured }) => measured.timedSeconds.length },
    {
      name: "predictedPeakBytes",
      heading: "peak",
      value: ({ predicted }) => predicted.peakBytes,
      format: ({ predicted }) => formatBytes(predicted.peakBytes),
    },
    {
      name: "measuredPeakBytes",
      heading: "counted",
      value: ({ measured }) => measured.peakBytes,
      format: (row) => comparedText(row.predicted.peakBytes, row.measured.peakBytes, peakIsEqual(row)),
    },
    {
      name: "flops",
      heading: "FLOPs",
      dispensable: 1,
      value: ({ predicted }) => predicted.flops,
      format: ({ predicted }) => formatMagnitude(predicted.flops),
    },
    { name: "predictedMultiplyAdds", value: ({ predicted }) => predicted.multiplyAdds },
    {
      name: "measuredMultiplyAdds",
      heading: "products",
      value: ({ measured }) => measured.multiplyAdds,
      format: (row) =>
        comparedText(row.predicted.multiplyAdds, row.measured.multiplyAdds, productsAreEqual(row)),
    },
    { name: "predictedParams", value: ({ predicted }) => predicted.params },
    { name: "measuredParams", value: ({ measured }) => measured.params },
    { name: "loss", value: ({ measured }) => measured.loss },
  ];
}

export function crosscheckCsv({ rows }: Crosscheck): string {
  return fieldsCsv(fieldsOf(rows), rows);
}

export function crosscheckMarkdown({ rows }: Crosscheck): string {
  return fieldsMarkdown(shownFields(fieldsOf(rows), rows), rows);
}

/** What people are shown of where the sides disagree; the rest is in the JSON. */
const SHOWN = 8;

const signedSeconds = (seconds: number) => `${seconds < 0 ? "−" : "+"}${formatSeconds(Math.abs(seconds))}`;

/** Operations watched one by one may take longer together than the step that nobody watched. */
const secondsText = (seconds: number) => (seconds < 0 ? signedSeconds(seconds) : formatSeconds(seconds));

function addSeconds(a: PlaceSeconds, b: PlaceSeconds): PlaceSeconds {
  return {
    place: a.place,
    predictedSeconds: a.predictedSeconds + b.predictedSeconds,
    measuredSeconds: a.measuredSeconds + b.measuredSeconds,
  };
}

interface Line extends BothSeconds {
  readonly what: string;
  readonly count: number;
}

/** Of a terminal's width, for the columns of seconds. */
const SECONDS_WIDTH = 36;

/** `backward/…/mlp/up/kernel × 6`: the phase, and what of the end there is room for. */
function lineName({ what, count }: Line, room: number): string {
  const times = count === 1 ? "" : ` × ${count}`;
  const left = room - times.length;
  if (what.length <= left) return what + times;
  const [phase = "", ...parts] = what.split("/");
  const begin = `${phase}/…`;
  while (parts.length > 1 && begin.length + 1 + parts.join("/").length > left) parts.shift();
  return `${[begin, ...parts].join("/")}${times}`;
}

/** Both sides' seconds of the first few lines. */
function disagreementsTable(
  heading: string,
  lines: readonly Line[],
  { colors, width }: Pick<Terminal, "colors" | "width">,
): string {
  const room = width - SECONDS_WIDTH;
  const rows = lines
    .slice(0, SHOWN)
    .map((line) => [
      lineName(line, room),
      secondsText(line.predictedSeconds),
      secondsText(line.measuredSeconds),
      signedSeconds(line.predictedSeconds - line.measuredSeconds),
    ]);
  const columns = [
    { heading, least: room },
    { heading: "predicted", align: "right" },
    { heading: "measured", align: "right" },
    { heading: "off by", align: "right", least: "+123 ms".length + 2 },
  ] as const;
  return table(columns, rows, { colors, width });
}

/** Where one row's sides disagree most, by place and by what is run; of the plan, what tells it from others of its group. */
function perOpText(row: CrosscheckRow, group: readonly CrosscheckRow[], terminal: Terminal): string {
  const { model, modelOptions, places = [], operations = [], globalBatch } = row;
  const merged = [...withoutBlockNumbers(places, addSeconds)].sort(
    (a, b) => disagreement(b) - disagreement(a),
  );
  const plan = shownFields(planFieldsOf(group), group).map((field) => `${field.heading} ${field.value(row)}`);
  const heading = [
    labelOf(model, modelOptions),
    `${formatCount(globalBatch)} example${globalBatch === 1 ? "" : "s"}`,
    ...plan,
  ].join(", ");
  const [byPlace, byName] = [
    merged.map(({ place, ...both }) => ({ what: place, ...both })),
    operations.map(({ name, ...both }) => ({ what: name, ...both })),
  ];
  return [
    terminal.colors.bold(heading),
    disagreementsTable("where they disagree most", byPlace, terminal),
    "",
    disagreementsTable("and in what", byName, terminal),
  ].join("\n");
}

/** What came out, all in all. */
function summaryText({ summary, tolerance, ...answer }: Crosscheck, { colors }: Terminal): string {
  const { rows, medianTimeError, worstTimeError, equalPeaks, equalParams, equalMultiplyAdds } = summary;
  const all = (equal: number) => (equal === rows ? "equal in all rows" : `equal in ${equal} of ${rows} rows`);
  const time = `step time off by ${formatPercent(medianTimeError)} (median), ${formatPercent(worstTimeError)} at most; tolerated: ${formatPercent(tolerance.median)}, ${formatPercent(tolerance.worst)}`;
  const nans = rows - summary.finiteLosses;
  const verdict = summary.agrees ? colors.green("agree") : colors.red("do not agree");
  return [
    `predicted and ${answer.judgesTime ? "measured" : "counted"} ${colors.bold(verdict)}`,
    `  ${time}${answer.judgesTime ? "" : "; not judged, as the profile is not calibrated"}`,
    `  peak of tensors' bytes: ${all(equalPeaks)}`,
    `  parameters: ${all(equalParams)}`,
    `  multiply-adds of products and convolutions: ${all(equalMultiplyAdds)}${answer.judgesProducts ? "" : "; not judged on this backend"}`,
    ...(nans > 0 ? [`  the loss of ${nans} of ${rows} rows is not a number`] : []),
  ].join("\n");
}

export function crosscheckText(answer: Crosscheck, terminal: Terminal): string {
  const { rows, backend, hardware, calibration } = answer;
  const { colors, width } = terminal;
  const groups = groupsBy(rows, ({ model, modelOptions }) => labelOf(model, modelOptions));
  // What tells only models apart stands above their tables; to most, the loss of two towers is nothing.
  const every = fieldsOf(rows);
  const all = every.filter(
    (field) => field.name !== "model" && groups.some((group) => shownFields(every, group).includes(field)),
  );
  const fields = fittingFields(all, rows, width);
  const tables = groups.map((group) => {
    const [{ model, modelOptions, predicted }] = group as readonly [CrosscheckRow];
    const heading = `${labelOf(model, modelOptions)}: ${formatMagnitude(predicted.params)} parameters`;
    const ofGroup = fields.filter((field) => shownFields(every, group).includes(field));
    return `${colors.bold(heading)}\n${fieldsTable(ofGroup, group, { colors, width })}`;
  });
  const threads = `${backend.threads} thread${backend.threads === 1 ? "" : "s"}`;
  const basis = calibration
    ? `calibrated ${calibration.measured.slice(0, "2026-01-01".length)} from single operations: no row has entered it`
    : "not calibrated";
  const notes = [
    `${backend.name} ${backend.version}, ${threads}; profile ${hardware}, ${basis}`,
    "error: predicted against the median of measured steps. counted: tfjs's own count against the predicted peak.",
  ];
  const details = groups.flatMap((group) =>
    group.filter(({ places }) => places).map((row) => perOpText(row, group, terminal)),
  );
  return [...tables, ...details, notes.map(colors.dim).join("\n"), summaryText(answer, terminal)].join(
    "\n\n",
  );
}
