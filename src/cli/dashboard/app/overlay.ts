/** @file What lies over a view while something is picked or typed: a list that typing narrows, or a line to write in. */
import { UserError } from "../../../units/userError.js";
import type { Key } from "../key.js";
import { type EditedLine, lineAfter, lineOf } from "../lineEditor.js";
import type { Choice } from "./fields.js";

/** @typeParam State what has it over itself */
export interface Overlay<State> extends EditedLine {
  readonly title: string;
  readonly words: string;
  /** What can be picked; any text where it is left out. */
  readonly choices?: readonly Choice[];
  /** Among those that what was typed leaves. */
  readonly selected: number;
  /** What was wrong with the last try. */
  readonly error?: string;
  /** What becomes of the state, which has no overlay any more. @throws UserError for a value that is none */
  readonly done: (state: State, value: string) => State;
}

interface UnderOverlay<State> {
  readonly overlay?: Overlay<State>;
}

/** Choices that have what was typed in them: in the beginning of the name first, then in it, then in what it is. */
export function matching({
  choices = [],
  text,
}: Pick<Overlay<never>, "choices" | "text">): readonly Choice[] {
  const typed = text.trim().toLowerCase();
  const ranks = [
    ({ value }: Choice) => value.toLowerCase().startsWith(typed),
    ({ value }: Choice) => value.toLowerCase().includes(typed),
    ({ detail }: Choice) => detail.toLowerCase().includes(typed),
  ];
  return [...new Set(ranks.flatMap((rank) => choices.filter(rank)))];
}

/** An overlay over a list, with the value that is there now selected. */
export function picker<State>(
  overlay: Omit<Overlay<State>, keyof EditedLine | "selected">,
  value: string,
): Overlay<State> {
  const selected = Math.max(0, overlay.choices?.findIndex((choice) => choice.value === value) ?? 0);
  return { ...overlay, ...lineOf(""), selected };
}

/** The state with nothing over it. */
function without<State extends UnderOverlay<State>>(state: State): State {
  const { overlay: _, ...under } = state;
  // An overlay may be left out, whatever else a state has.
  return under as State;
}

function submitted<State extends UnderOverlay<State>>(state: State, overlay: Overlay<State>): State {
  const picked = overlay.choices && matching(overlay)[overlay.selected]?.value;
  try {
    return overlay.done(without(state), picked ?? overlay.text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...state, overlay: { ...overlay, error: error.message } };
  }
}

/** Choices that page up and page down pass over. */
const PAGE = 10;

const moves: Readonly<Partial<Record<Key["name"], number>>> = {
  up: -1,
  down: 1,
  pageUp: -PAGE,
  pageDown: PAGE,
};

/** With another text what was selected and what was wrong mean nothing any more. */
function edited<State>(overlay: Overlay<State>, key: Key): Overlay<State> {
  const { text, cursor } = lineAfter(overlay, key);
  if (text === overlay.text) return { ...overlay, cursor };
  const { error: _, ...others } = overlay;
  return { ...others, text, cursor, selected: 0 };
}

/** What a key does while there is an overlay. */
export function overlayKeyed<State extends UnderOverlay<State>>(
  state: State,
  overlay: Overlay<State>,
  key: Key,
): State {
  const to = (changed: Overlay<State>): State => ({ ...state, overlay: changed });
  const move = moves[key.name];
  if (move !== undefined) {
    const last = Math.max(0, matching(overlay).length - 1);
    return to({ ...overlay, selected: Math.min(last, Math.max(0, overlay.selected + move)) });
  }
  if (key.name === "enter") return submitted(state, overlay);
  return key.name === "escape" ? without(state) : to(edited(overlay, key));
}
