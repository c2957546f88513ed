/** @file A person at the dashboard, without a screen: keys go in, and the simulator answers whatever the state wants, here and now. */
import { answer } from "../../../../src/cli/dashboard/app/answer.js";
import { type Ask, answerTo } from "../../../../src/cli/dashboard/app/answers.js";
import type { Question } from "../../../../src/cli/dashboard/app/question.js";
import type { AppState } from "../../../../src/cli/dashboard/app/state.js";
import { initialState, update, wantedBy } from "../../../../src/cli/dashboard/app/update.js";
import type { Effect } from "../../../../src/cli/dashboard/app/view.js";
import type { Key, KeyName } from "../../../../src/cli/dashboard/key.js";
import type { Size } from "../../../../src/cli/dashboard/size.js";
import { key, typed as typedKey } from "../keys.js";

export const small: Size = { columns: 80, rows: 24 };
export const large: Size = { columns: 160, rows: 50 };

/** Quick to simulate, and does not fit: there is something to suggest. */
export const tooLarge: Question = {
  model: "vit-ti16",
  modelOptions: {},
  hardware: "tpu-v3-8",
  plan: {},
  globalBatch: 32 * 1024,
};

export const fitting: Question = { ...tooLarge, globalBatch: 1024 };

/** `b32k<enter>`: characters, and names of keys in angle brackets. */
function keys(typed: string): readonly Key[] {
  return [...typed.matchAll(/<(\w+)>|(.)/gs)].map(([, name, character]) =>
    name === undefined ? typedKey(character!) : key(name as KeyName),
  );
}

export interface Session {
  readonly state: () => AppState;
  /** What was to be done so far. */
  readonly effects: readonly Effect[];
  readonly press: (typed: string) => AppState;
  /** Answers all that is wanted, and what is wanted then. */
  readonly settle: () => AppState;
}

/** Answers are the same for all sessions. */
const given = new Map<string, ReturnType<typeof answer>>();

function answerOnce(asked: Ask) {
  const key = JSON.stringify(asked);
  const found = given.get(key) ?? answer(asked);
  given.set(key, found);
  return found;
}

export function sessionOf(question: Question, size: Size = small): Session {
  let state = initialState(question, size);
  const effects: Effect[] = [];
  const happen = (event: Parameters<typeof update>[1]) => {
    const outcome = update(state, event);
    state = outcome.state;
    effects.push(...(outcome.effects ?? []));
  };
  const missing = () => {
    const { quick, thorough } = wantedBy(state);
    return [...quick, ...thorough].find((asked) => answerTo(state.answers, asked) === undefined);
  };
  return {
    state: () => state,
    effects,
    press: (typed) => {
      for (const key of keys(typed)) happen({ kind: "key", key });
      return state;
    },
    settle: () => {
      for (let asked = missing(); asked; asked = missing())
        happen({ kind: "answered", asked, answer: answerOnce(asked) });
      return state;
    },
  };
}
