/** @file What the keys of the view of questions side by side do. */

import { fieldsOf } from "../app/fields.js";
import { picker } from "../app/overlay.js";
import { type Question, withHardware } from "../app/question.js";
import { type AppState, asking, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";
import type { Column, Compared, ComparePane } from "./comparePane.js";

/** More have no room at 80 characters. */
export const MOST_COLUMNS = 4;

/** The machines that the project is about; one of them stands beside the other. */
const machines = ["tpu-v3-8", "tpu-v4x4"] as const;

const [first, second] = machines;

/** The columns that there are. */
export function columnsOf({ question, panes }: Pick<AppState, "question" | "panes">): readonly Column[] {
  const other = question.hardware === second ? first : second;
  return panes.compare.columns ?? ["question", comparedOf(withHardware(question, other))];
}

const comparedOf = ({ globalBatch: _, recipe: __, ...compared }: Question): Compared => compared;

/** What a column asks. */
export function questionOfColumn({ question }: Pick<AppState, "question">, column: Column): Question {
  if (column === "question") return question;
  const { globalBatch, recipe } = question;
  return { ...column, globalBatch, ...(recipe !== undefined && { recipe }) };
}

const to = (state: AppState, pane: Partial<ComparePane>): AppState =>
  withPane(state, "compare", { ...state.panes.compare, ...pane });

/** The selected column's place among those that there are. */
export const selectedColumn = (state: AppState): number =>
  Math.min(state.panes.compare.selected, columnsOf(state).length - 1);

/** Opens a list of what a column's model or machine may be; `at` may be one beyond the last column. */
function picking(state: AppState, name: "model" | "hardware", at: number): AppState {
  const columns = columnsOf(state);
  const question = questionOfColumn(state, columns[at] ?? columns[selectedColumn(state)]!);
  const field = fieldsOf(question).find((it) => it.name === name)!;
  const { label, words, value, choices = [] } = field;
  const done = (under: AppState, text: string) => {
    const changed = [...columnsOf(under)];
    changed[at] = comparedOf(field.set(text));
    return to(under, { columns: changed, selected: at });
  };
  const title = `${label} of column ${at + 1}`;
  return { ...state, overlay: picker({ title, words, choices, done }, value) };
}

function removed(state: AppState): AppState {
  const columns = columnsOf(state);
  if (columns.length === 1) return state;
  const selected = selectedColumn(state);
  const left = columns.filter((_, i) => i !== selected);
  return to(state, { columns: left, selected: Math.min(selected, left.length - 1) });
}

/** The selected column as the question; what was the question keeps its column. */
function taken(state: AppState): AppState {
  const selected = selectedColumn(state);
  const columns = columnsOf(state).map((column, i): Column => {
    if (i === selected) return "question";
    return column === "question" ? comparedOf(state.question) : column;
  });
  return to(asking(state, questionOfColumn(state, columnsOf(state)[selected]!)), { columns });
}

/**
 * What a key does.
 *
 * @param hidden lines that there are beyond those that have room
 */
export function compareKeyed(state: AppState, key: Key, hidden: number): Outcome | undefined {
  const count = columnsOf(state).length;
  const selected = selectedColumn(state);
  const scrolled = Math.min(state.panes.compare.scrolled, hidden);
  const after = (changed: AppState): Outcome => ({ state: changed });
  switch (key.name) {
    case "left":
      return after(to(state, { selected: Math.max(0, selected - 1) }));
    case "right":
      return after(to(state, { selected: Math.min(count - 1, selected + 1) }));
    case "up":
      return after(to(state, { scrolled: Math.max(0, scrolled - 1) }));
    case "down":
      return after(to(state, { scrolled: Math.min(hidden, scrolled + 1) }));
    case "enter":
      return after(picking(state, "model", selected));
    case "delete":
    case "backspace":
      return after(removed(state));
    case "text":
      return key.ctrl ? undefined : typed(state, key.text);
    default:
      return undefined;
  }
}

function typed(state: AppState, text: string): Outcome | undefined {
  const count = columnsOf(state).length;
  switch (text) {
    case "a":
      return { state: count < MOST_COLUMNS ? picking(state, "model", count) : state };
    case "d":
      return { state: removed(state) };
    case "o":
      return { state: picking(state, "hardware", selectedColumn(state)) };
    case "t":
      return { state: taken(state) };
    default:
      return undefined;
  }
}
