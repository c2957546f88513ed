/** @file Everything about the question that keys can change, in a column. */

import type { Colors } from "../../terminal.js";
import { ask, known } from "../app/answers.js";
import { batchUnit, type Field, fieldsOf } from "../app/fields.js";
import type { AppState } from "../app/state.js";
import { useColors } from "../colors.js";
import { Line, Panel } from "../Panel.js";
import { windowOf } from "../window.js";
import { batchSlider } from "./batchSlider.js";
import { isAmongSuggestions, selectedField } from "./planKeys.js";

interface FieldsPanelProps {
  readonly state: AppState;
  readonly width: number;
  readonly height: number;
}

interface Row {
  readonly key: string;
  readonly text: string;
}

const groupTitles: Readonly<Record<Field["group"], string>> = {
  question: "",
  plan: "plan",
  model: "model options",
};

/** `▸ remat        ‹ none ›`: arrows around what left and right change. */
function fieldLine({ label, value, step }: Field, isSelected: boolean, width: number, { bold, dim }: Colors) {
  const shown = isSelected && step ? `‹${value}›` : ` ${value} `;
  const gap = Math.max(1, width - "▸ ".length - label.length - shown.length);
  const line = `${label}${" ".repeat(gap)}`;
  return isSelected ? bold(`▸ ${line}${shown}`) : `  ${dim(line)}${shown}`;
}

function rowsOf(state: AppState, width: number, colors: Colors): readonly Row[] {
  const { question } = state;
  const fields = fieldsOf(question);
  const selected = isAmongSuggestions(state) ? undefined : selectedField(state).name;
  const largest = known(state.answers, ask("largest", question));
  return fields.flatMap((field, i): readonly Row[] => {
    const { name, group } = field;
    const title = groupTitles[group];
    const isFirst = fields[i - 1]?.group !== group && title !== "";
    const heading = isFirst ? [{ key: `heading ${group}`, text: colors.bold(title) }] : [];
    const line = { key: name, text: fieldLine(field, name === selected, width, colors) };
    const slider =
      name === "batch"
        ? [
            {
              key: "slider",
              text: `  ${batchSlider(question.globalBatch, batchUnit(question), largest?.largestBatch, width - "  ".length, colors)}`,
            },
          ]
        : [];
    return [...heading, line, ...slider];
  });
}

export function FieldsPanel({ state, width, height }: FieldsPanelProps) {
  const colors = useColors();
  const rows = rowsOf(state, width, colors);
  const selected = rows.findIndex(({ key }) => key === selectedField(state).name);
  const { from, to } = windowOf(selected, rows.length, height - 1);
  const more = to < rows.length;
  return (
    <Panel
      title={more || from > 0 ? `Question (${from > 0 ? "↑" : ""}${more ? "↓" : ""})` : "Question"}
      width={width}
      height={height}
    >
      {rows.slice(from, to).map(({ key, text }) => (
        <Line key={key} text={text} />
      ))}
    </Panel>
  );
}
