/** @file Up to four questions side by side: other models, other machines, other plans, at the same batch. */
import type { Colors } from "../../terminal.js";
import { verdictColor } from "../../verdictWords.js";
import { answerTo, ask, known } from "../app/answers.js";
import { bodySize } from "../app/bodySize.js";
import type { AppState } from "../app/state.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { Line, Panel } from "../Panel.js";
import type { Size } from "../size.js";
import {
  type Column,
  columnsOf,
  compareKeyed,
  MOST_COLUMNS,
  questionOfColumn,
  selectedColumn,
} from "./comparePane.js";
import { type Cell, type ColumnFigures, type CompareRow, compareRows } from "./compareRows.js";

const predictionOf = (state: AppState, column: Column) => ask("prediction", questionOfColumn(state, column));
const largestOf = (state: AppState, column: Column) => ask("largest", questionOfColumn(state, column));

/** The same column at its largest batch, where there is one. */
function atLargestOf(state: AppState, column: Column) {
  const batch = known(state.answers, largestOf(state, column))?.largestBatch;
  if (!batch) return undefined;
  const { recipe: _, ...question } = questionOfColumn(state, column);
  return ask("prediction", { ...question, globalBatch: batch });
}

function figuresOf(state: AppState, column: Column): ColumnFigures {
  const answer = answerTo(state.answers, predictionOf(state, column));
  const largest = known(state.answers, largestOf(state, column));
  const asked = atLargestOf(state, column);
  const atLargest = asked && known(state.answers, asked);
  return {
    question: questionOfColumn(state, column),
    ...(answer && ("value" in answer ? { prediction: answer.value } : { error: answer.error })),
    ...(largest && { largest }),
    ...(atLargest && { atLargest }),
  };
}

const rowsOf = (state: AppState): readonly CompareRow[] =>
  compareRows(
    columnsOf(state).map((column) => figuresOf(state, column)),
    state.question.globalBatch,
  );

/** Model, machine, and which of them is the question. */
const HEADING_ROWS = 3;

/** Lines of rows that have room below the heading of the panel and those of the columns. */
const roomOf = ({ rows }: Size, errors: number) => Math.max(0, rows - 1 - HEADING_ROWS - errors);

const errorsOf = (state: AppState) =>
  columnsOf(state).flatMap((column, i) => {
    const answer = answerTo(state.answers, predictionOf(state, column));
    return answer && "error" in answer ? [`column ${i + 1}: ${answer.error}`] : [];
  });

const hiddenOf = (state: AppState, size: Size) =>
  Math.max(0, rowsOf(state).length - roomOf(size, errorsOf(state).length));

/** The widest name of a row: `nothing recomputed`, indented. */
const NAME_COLUMNS = 20;
const WIDEST_COLUMN = 34;
/** The longest name of a model is a little longer. */
const WIDEST_TEXT = 18;
/** Shorter bars tell nothing. */
const SHORTEST_BAR = 6;
const BEST = "◆";

const cut = (text: string, width: number) =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

interface Widths {
  readonly column: number;
  readonly text: number;
}

function widthsOf(columns: number, count: number): Widths {
  const column = Math.min(WIDEST_COLUMN, Math.max(1, Math.floor((columns - NAME_COLUMNS) / count)));
  return { column, text: Math.min(WIDEST_TEXT, column - 1) };
}

/** Text at the right edge of its place, and a bar beside it where there is room. */
function cellText(cell: Cell, widths: Widths, colors: Colors): string {
  const { text, isBest, verdict, share } = cell;
  const written = cut(isBest ? `${BEST} ${text}` : text, widths.text);
  const room = widths.column - widths.text - " ".length * 2;
  const bar =
    share === undefined || room < SHORTEST_BAR ? "" : "█".repeat(Math.max(1, Math.round(share * room)));
  const gap = " ".repeat(Math.max(0, widths.text + 1 - written.length));
  const after = widths.column - widths.text - 1;
  const color = verdict ? verdictColor(verdict, colors) : isBest ? colors.bold : (it: string) => it;
  return `${gap}${color(written)}${colors.cyan(after > 0 ? ` ${bar}`.padEnd(after) : "")}`;
}

function rowText({ name, cells }: CompareRow, widths: Widths, colors: Colors): string {
  const label = cut(name, NAME_COLUMNS).padEnd(NAME_COLUMNS);
  if (cells.length === 0) return colors.bold(name);
  return `${colors.dim(label)}${cells.map((cell) => cellText(cell, widths, colors)).join("")}`;
}

function headings(state: AppState, widths: Widths, colors: Colors): readonly string[] {
  const columns = columnsOf(state);
  const selected = selectedColumn(state);
  const line = (name: string, text: (column: Column, at: number) => string, isMarked = false) => {
    const cells = columns.map((column, at) => {
      const isSelected = at === selected;
      const mark = isMarked && isSelected ? "▸ " : "";
      const written = cellText({ text: `${mark}${text(column, at)}` }, widths, colors);
      return isSelected ? colors.bold(written) : written;
    });
    return `${colors.dim(name.padEnd(NAME_COLUMNS))}${cells.join("")}`;
  };
  return [
    line("", (column) => questionOfColumn(state, column).model, true),
    line("", (column) => questionOfColumn(state, column).hardware),
    line("", (column) => (column === "question" ? "the question" : "")),
  ];
}

function titleOf(from: number, hidden: number): string {
  const more = `${from > 0 ? "↑" : ""}${from < hidden ? "↓" : ""}`;
  return `Side by side, ${BEST} the best${more === "" ? "" : ` (${more})`}`;
}

function Body({ state, size }: BodyProps) {
  const colors = useColors();
  const widths = widthsOf(size.columns, columnsOf(state).length);
  const errors = errorsOf(state);
  const hidden = hiddenOf(state, size);
  const from = Math.min(state.panes.compare.scrolled, hidden);
  const rows = rowsOf(state).slice(from, from + roomOf(size, errors.length));
  const lines = [
    ...headings(state, widths, colors),
    ...errors.map((text) => colors.red(text)),
    ...rows.map((row) => rowText(row, widths, colors)),
  ];
  return (
    <Panel title={titleOf(from, hidden)} width={size.columns} height={size.rows}>
      {lines.map((text, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <Line key={i} text={text} />
      ))}
    </Panel>
  );
}

export const compareView: View = {
  title: "Compare",
  wanted: (state) => {
    const columns = columnsOf(state);
    return [
      ...columns.map((column) => predictionOf(state, column)),
      ...columns.map((column) => largestOf(state, column)),
      ...columns.flatMap((column) => atLargestOf(state, column) ?? []),
    ];
  },
  keyed: (state, key) => compareKeyed(state, key, hiddenOf(state, bodySize(state))),
  hints: (state) => [
    { key: "←→", does: "choose" },
    { key: "enter", does: "its model" },
    { key: "o", does: "its hardware" },
    ...(columnsOf(state).length < MOST_COLUMNS ? [{ key: "a", does: "add" }] : []),
    { key: "d", does: "remove" },
    { key: "t", does: "take as the question" },
    { key: "↑↓", does: "scroll" },
  ],
  help: [
    "Every column is asked at the batch of the question, and at the largest batch that fits it. One of them is the question and follows it; the others keep the model, machine and plan that they were given.",
    `${BEST} marks the best of a row. Of questions that do not fit, figures are what they would be were there memory, and none of these is the best.`,
    "Options that are not the same in all columns have a row: change the plan in the Plan view after adding a column, and the two stand side by side.",
    "willfit compare says the same of models on one machine.",
  ],
  Body,
};
