/** @file What the keys of the Plan view do. */

import { ask, known } from "../app/answers.js";
import { editing } from "../app/editing.js";
import { type Field, fieldsOf } from "../app/fields.js";
import type { Question } from "../app/question.js";
import { type AppState, asking, currentPrediction, withPane } from "../app/state.js";
import type { Outcome } from "../app/view.js";
import type { Key } from "../key.js";
import { moved } from "../moved.js";
import type { PlanPane } from "./planPane.js";

/** The suggestions for the question as it is. */
function suggestionsOf(state: AppState) {
  return known(state.answers, ask("advice", state.question))?.suggestions ?? [];
}

/** The field that keys change; the first where a model has not the one that was chosen. */
export function selectedField({ question, panes }: AppState): Field {
  const fields = fieldsOf(question);
  return fields.find(({ name }) => name === panes.plan.field) ?? fields[0]!;
}

const to = (state: AppState, pane: Partial<PlanPane>): Outcome => {
  return { state: withPane(state, "plan", { ...state.panes.plan, ...pane }) };
};

/** Fields that page up and page down pass over. */
const PAGE = 8;

function amongFields(state: AppState, key: Key): Outcome | undefined {
  const fields = fieldsOf(state.question);
  const field = selectedField(state);
  const next = moved(
    key,
    fields.findIndex(({ name }) => name === field.name),
    fields.length,
    PAGE,
  );
  if (next !== undefined) return to(state, { field: fields[next]!.name });
  if (key.name === "enter") return { state: editing(state, field) };
  if (key.name !== "left" && key.name !== "right") return undefined;
  const question = field.step?.(key.name === "left" ? -1 : 1);
  return { state: question ? asking(state, question) : state };
}

const withPlan = (question: Question, plan: Question["plan"]): Question => {
  return { ...question, plan: { ...question.plan, ...plan } };
};

/** What a suggestion, or the next value of an option of the plan, makes of the question. */
export function foreseenPlans(state: AppState): readonly Question[] {
  const { question } = state;
  const suggested = suggestionsOf(state).map(({ plan }) => withPlan(question, plan));
  const { group, step } = selectedField(state);
  // Another model or machine would be traced for nothing, mostly: one goes past many on the way to one.
  const stepped = group === "plan" ? [step?.(1), step?.(-1)] : [];
  return [...suggested, ...stepped.filter((it) => it !== undefined)];
}

/** The question with a suggestion's plan. */
function applied(state: AppState, index: number): AppState {
  const suggestion = suggestionsOf(state)[index];
  if (!suggestion) return state;
  const changed = asking(state, withPlan(state.question, suggestion.plan));
  return withPane(changed, "plan", { ...changed.panes.plan, focus: "fields", suggestion: 0 });
}

function amongSuggestions(state: AppState, key: Key): Outcome | undefined {
  const { suggestion } = state.panes.plan;
  const next = moved(key, suggestion, suggestionsOf(state).length, PAGE);
  if (next !== undefined) return to(state, { suggestion: next });
  if (key.name === "escape") return to(state, { focus: "fields" });
  return key.name === "enter" ? { state: applied(state, suggestion) } : undefined;
}

/** Suggestions may be of an older question by now, or not there yet: then keys are for the fields. */
export const isAmongSuggestions = (state: AppState): boolean =>
  state.panes.plan.focus === "suggestions" && suggestionsOf(state).length > 0;

export function planKeyed(state: AppState, key: Key): Outcome | undefined {
  const among = isAmongSuggestions(state);
  if (key.name === "tab") return to(state, { focus: among ? "fields" : "suggestions", suggestion: 0 });
  return among ? amongSuggestions(state, key) : amongFields(state, key);
}

/** Whether the figures that are shown are those of the question as it is. */
export const isCurrent = (state: AppState): boolean => currentPrediction(state) === state.shown;
