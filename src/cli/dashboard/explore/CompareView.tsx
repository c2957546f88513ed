/** @file Up to four questions side by side: other models, other machines, other plans, at the same batch. */
import { BEST } from "../../comparedFigures.js";
import type { Colors } from "../../terminal.js";
import { bodySize } from "../app/bodySize.js";
import type { AppState } from "../app/state.js";
import type { BodyProps, View } from "../app/view.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import type { Size } from "../size.js";
import { atLargestOf, figuresOf, largestOf, predictionOf } from "./compareColumns.js";
import { columnsOf, compareKeyed, MOST_COLUMNS, questionOfColumn, selectedColumn } from "./compareKeys.js";
import { type ColumnWidths, columnWidths, headingLine, rowLine } from "./compareLines.js";
import { compareRows } from "./compareRows.js";

/** Model, machine, and which of them is the question. */
const HEADING_ROWS = 3;

function headings(state: AppState, widths: ColumnWidths, colors: Colors): readonly string[] {
  const selected = selectedColumn(state);
  const columns = columnsOf(state);
  const questions = columns.map((column) => questionOfColumn(state, column));
  const lines = [
    questions.map(({ model }, i) => (i === selected ? `▸ ${model}` : model)),
    questions.map(({ hardware }) => hardware),
    columns.map((column) => (column === "question" ? "the question" : "")),
  ];
  return lines.map((texts) => headingLine(texts, selected, widths, colors));
}

interface Content {
  readonly errors: readonly string[];
  readonly rows: ReturnType<typeof compareRows>;
  /** Rows that have room below what is above them. */
  readonly room: number;
  /** Rows that have not. */
  readonly hidden: number;
}

function contentOf(state: AppState, size: Size): Content {
  const figures = columnsOf(state).map((column) => figuresOf(state, column));
  const errors = figures.flatMap(({ error }, i) =>
    error === undefined ? [] : [`column ${i + 1}: ${error}`],
  );
  const rows = compareRows(figures, state.question.globalBatch);
  const room = Math.max(0, size.rows - 1 - HEADING_ROWS - errors.length);
  return { errors, rows, room, hidden: Math.max(0, rows.length - room) };
}

function titleOf(from: number, hidden: number): string {
  const more = `${from > 0 ? "↑" : ""}${from < hidden ? "↓" : ""}`;
  return `Side by side, ${BEST} the best${more === "" ? "" : ` (${more})`}`;
}

function Body({ state, size }: BodyProps) {
  const colors = useColors();
  const widths = columnWidths(size.columns, columnsOf(state).length);
  const { errors, rows, room, hidden } = contentOf(state, size);
  const from = Math.min(state.panes.compare.scrolled, hidden);
  const lines = [
    ...headings(state, widths, colors),
    ...errors.map((text) => colors.red(text)),
    ...rows.slice(from, from + room).map((row) => rowLine(row, widths, colors)),
  ];
  return (
    <Panel title={titleOf(from, hidden)} width={size.columns} height={size.rows}>
      <CutLines lines={lines} />
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
  keyed: (state, key) => compareKeyed(state, key, contentOf(state, bodySize(state)).hidden),
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
