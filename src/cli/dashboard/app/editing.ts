/** @file A field's value, opened to be changed. */
import { type Field, fieldsOf } from "./fields.js";
import { picker } from "./overlay.js";
import { type AppState, asking } from "./state.js";

/** Opens a list or a line for a field's value. */
export function editing(state: AppState, { name, label, words, value, choices }: Field): AppState {
  const done = (under: AppState, text: string) => {
    const field = fieldsOf(under.question).find((it) => it.name === name)!;
    return asking(under, field.set(text));
  };
  return { ...state, overlay: picker({ title: label, words, done, ...(choices && { choices }) }, value) };
}

/** The same by the field's name. */
export function editingField(state: AppState, name: string): AppState {
  const field = fieldsOf(state.question).find((it) => it.name === name);
  return field ? editing(state, field) : state;
}
