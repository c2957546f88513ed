/** @file Questions side by side as rows: a name, and what stands below each of them. */
import { loadHardware } from "../../../../sim/hardware.js";
import type { LargestBatches } from "../../../../sim/limits.js";
import type { Prediction, Verdict } from "../../../../sim/prediction.js";
import { optionFlag } from "../../../models/options.js";
import {
  formatBytes,
  formatCount,
  formatDollars,
  formatSeconds,
  SECONDS_PER_HOUR,
} from "../../../units/quantity.js";
import { WORTH_A_LINE } from "../../bars.js";
import {
  bestOf,
  type Figure,
  largestFigure,
  sizeFigures,
  speedFigures,
  throughputFigure,
  verdictFigure,
} from "../../comparedFigures.js";
import { verdictMarks } from "../../verdictWords.js";
import type { Question } from "../app/question.js";

/** What is known of a column so far. */
export interface ColumnFigures {
  readonly question: Question;
  readonly prediction?: Prediction;
  readonly largest?: LargestBatches;
  readonly atLargest?: Prediction;
  /** Why there are no figures. */
  readonly error?: string;
}

export interface Cell {
  readonly text: string;
  readonly isBest?: boolean;
  readonly verdict?: Verdict;
  /** Of the longest bar of its section. */
  readonly share?: number;
}

export interface CompareRow {
  readonly name: string;
  /** None below a heading. */
  readonly cells: readonly Cell[];
}

/** Stands for what is being worked out, and for what there is not. */
const PENDING: Cell = { text: "…" };
const NOTHING: Cell = { text: "–" };

const heading = (name: string): CompareRow => ({ name, cells: [] });

const indented = (row: CompareRow): CompareRow => ({ ...row, name: `  ${row.name}` });

const fits = (prediction: Prediction | undefined) =>
  prediction && prediction.memory.verdict !== "does-not-fit";

/** A row of a figure of what `of` picks; `counts` says whose can be the best. */
function rowOf<Of>(
  columns: readonly ColumnFigures[],
  figure: Figure<Of>,
  of: (column: ColumnFigures) => Of | undefined,
  counts: (column: ColumnFigures) => boolean | undefined = () => true,
): CompareRow {
  const best = bestOf(
    figure,
    columns.map((column) => (counts(column) ? of(column) : undefined)),
  );
  const cells = columns.map((column, i): Cell => {
    const known = of(column);
    if (known === undefined) return isOver(column) ? NOTHING : PENDING;
    return { text: figure.text(known), ...(best[i] && { isBest: true }) };
  });
  return { name: figure.name, cells };
}

/** Whether nothing more will be known of it. */
const isOver = ({ error, largest }: ColumnFigures) => error !== undefined || largest?.largestBatch === 0;

const devicesFigure: Figure<Prediction> = {
  name: "devices",
  text: ({ devices, hardware }) => {
    const { deviceName } = loadHardware(hardware);
    return `${formatCount(devices)} ${deviceName}${devices === 1 ? "" : "s"}`;
  },
};

const unrecomputedFigure: Figure<LargestBatches> = {
  name: "nothing recomputed",
  text: ({ largestBatchWithoutRecompute }) => formatCount(largestBatchWithoutRecompute),
  best: { is: "most", amount: ({ largestBatchWithoutRecompute }) => largestBatchWithoutRecompute },
};

const hoursFigure: Figure<NonNullable<Prediction["run"]>> = {
  name: "time",
  text: ({ hours }) => formatSeconds(hours * SECONDS_PER_HOUR),
  best: { is: "least", amount: ({ hours }) => hours },
};

const dollarsFigure: Figure<number> = {
  name: "list price",
  text: formatDollars,
  best: { is: "least", amount: (dollars) => dollars },
};

/** Words of a plan or a model that are not the same in all columns: what makes them differ. */
function differences(columns: readonly ColumnFigures[]): readonly CompareRow[] {
  const options = columns.map(({ question, prediction }): Readonly<Record<string, unknown>> => {
    const { devices: _, globalBatch: __, ...plan } = prediction?.plan ?? {};
    return { ...question.modelOptions, ...plan };
  });
  if (!columns.every(({ prediction }) => prediction)) return [];
  const names = [...new Set(options.flatMap(Object.keys))];
  return names
    .filter((name) => new Set(options.map((it) => it[name])).size > 1)
    .map((name) => ({
      name: optionFlag(name),
      cells: options.map((it) => (name in it ? { text: String(it[name]) } : NOTHING)),
    }));
}

interface Part {
  readonly name: string;
  readonly amount: number;
}

/** Parts by their names, with bars that can be compared; none while no column has them. */
function partRows(
  title: string,
  columns: readonly (readonly Part[] | undefined)[],
  format: (amount: number) => string,
): readonly CompareRow[] {
  const parts = columns.flatMap((column) => column ?? []);
  const longest = Math.max(...parts.map(({ amount }) => amount));
  const worthwhile = parts.filter(({ amount }) => amount >= WORTH_A_LINE * longest);
  const names = [...new Set(worthwhile.map(({ name }) => name))];
  const rows = names.map((name): CompareRow => {
    const cells = columns.map((column): Cell => {
      if (!column) return PENDING;
      const amount = column.find((part) => part.name === name)?.amount;
      return amount === undefined ? NOTHING : { text: format(amount), share: amount / longest };
    });
    return indented({ name, cells });
  });
  return rows.length === 0 ? [] : [heading(title), ...rows];
}

function runRows(columns: readonly ColumnFigures[]): readonly CompareRow[] {
  const recipe = columns.find(({ question }) => question.recipe !== undefined)?.question.recipe;
  if (recipe === undefined) return [];
  const runs = rowOf(
    columns,
    hoursFigure,
    ({ prediction }) => prediction?.run,
    ({ prediction }) => fits(prediction),
  );
  const dollars = rowOf(
    columns,
    dollarsFigure,
    ({ prediction }) => prediction?.run?.dollars,
    ({ prediction }) => fits(prediction),
  );
  // A machine without a price has none, however long one waits.
  const cells = dollars.cells.map((cell, i) => (columns[i]!.prediction && cell === PENDING ? NOTHING : cell));
  return [heading(`the run ${recipe}`), indented(runs), indented({ ...dollars, cells })];
}

function verdictRow(columns: readonly ColumnFigures[]): CompareRow {
  const row = rowOf(columns, verdictFigure, ({ prediction }) => prediction);
  const cells = row.cells.map((cell, i): Cell => {
    const verdict = columns[i]!.prediction?.memory.verdict;
    return verdict === undefined ? cell : { text: `${verdictMarks[verdict]} ${cell.text}`, verdict };
  });
  return { ...row, cells };
}

/** Every row, what is asked for most first. */
export function compareRows(columns: readonly ColumnFigures[], globalBatch: number): readonly CompareRow[] {
  const prediction = (column: ColumnFigures) => column.prediction;
  const ofPrediction = (figure: Figure<Prediction>) => rowOf(columns, figure, prediction);
  // What does not fit is as fast as it would be: no one has anything of it.
  const ofFitting = (figure: Figure<Prediction>) =>
    rowOf(columns, figure, prediction, (column) => fits(column.prediction));
  return [
    ...[devicesFigure, ...sizeFigures].map(ofPrediction),
    ...differences(columns),
    heading(`at ${formatCount(globalBatch)}`),
    indented(verdictRow(columns)),
    ...speedFigures.map(ofFitting).map(indented),
    heading("at the largest"),
    indented(rowOf(columns, largestFigure, ({ largest }) => largest)),
    indented(rowOf(columns, throughputFigure, ({ atLargest }) => atLargest)),
    indented(rowOf(columns, unrecomputedFigure, ({ largest }) => largest)),
    ...runRows(columns),
    ...partRows(
      "time of a step",
      columns.map((column) =>
        column.prediction?.time.parts.map(({ name, seconds }) => ({ name, amount: seconds })),
      ),
      formatSeconds,
    ),
    ...partRows(
      "memory of a device",
      columns.map((column) =>
        column.prediction?.memory.parts.map(({ name, bytes }) => ({ name, amount: bytes })),
      ),
      formatBytes,
    ),
  ];
}
