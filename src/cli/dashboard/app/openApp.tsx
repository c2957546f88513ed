/** @file Opens the dashboard on a terminal, keeps what it knows, and gives the terminal back when it is left. */
import { render } from "ink";
import type { Colors } from "../../terminal.js";
import { ColorsContext } from "../colors.js";
import type { Key } from "../key.js";
import type { Resizable } from "../screen.js";
import { openScreen, type ScreenOutput } from "../screen.js";
import { App } from "./App.js";
import { type Ask, answerTo } from "./answers.js";
import { type Asker, askerOn, type Lanes } from "./asker.js";
import type { Question } from "./question.js";
import type { AppState } from "./state.js";
import { type AppEvent, initialState, update, wantedBy } from "./update.js";
import type { Effect } from "./view.js";

export interface AppSurroundings {
  readonly input: NodeJS.ReadStream;
  readonly output: ScreenOutput & Resizable;
  readonly colors: Colors;
  readonly lanes: Lanes;
}

const isMissing = (state: AppState) => (asked: Ask) => answerTo(state.answers, asked) === undefined;

/** Shows the dashboard until the person quits. */
export async function openApp(question: Question, surroundings: AppSurroundings): Promise<void> {
  const { input, output, colors, lanes } = surroundings;
  const screen = openScreen(output);
  let state = initialState(question, screen.size());
  let quit = () => {};
  const left = new Promise<void>((resolve) => {
    quit = resolve;
  });

  const element = () => (
    <ColorsContext value={colors}>
      <App state={state} onKey={onKey} />
    </ColorsContext>
  );
  const perform = (effect: Effect) => {
    if (effect.kind === "quit") quit();
  };
  const happened = (event: AppEvent) => {
    const outcome = update(state, event);
    state = outcome.state;
    outcome.effects?.forEach(perform);
    ink.rerender(element());
    ask();
  };
  const onKey = (key: Key) => happened({ kind: "key", key });
  const onResize = () => {
    screen.forget();
    happened({ kind: "resized", size: screen.size() });
  };
  const asker: Asker = askerOn(lanes, (asked, answer) => happened({ kind: "answered", asked, answer }));
  const ask = () => {
    const { quick, thorough } = wantedBy(state);
    asker.want({ quick: quick.filter(isMissing(state)), thorough: thorough.filter(isMissing(state)) });
  };

  const ink = render(element(), {
    stdout: screen.frames,
    stdin: input,
    // Whole frames, at once: `screen` draws what has changed of them.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  let isOpen = true;
  const restore = () => {
    if (!isOpen) return;
    isOpen = false;
    output.off("resize", onResize);
    for (const [event, listener] of exits) process.off(event, listener);
    screen.close();
    ink.unmount();
  };
  // Whatever ends the program: the terminal is as it was before anything is said of it.
  const exits = [
    ["exit", restore],
    ["uncaughtExceptionMonitor", restore],
    ["SIGTERM", quit],
    ["SIGHUP", quit],
  ] as const;
  for (const [event, listener] of exits) process.on(event, listener);
  output.on("resize", onResize);
  try {
    ask();
    await left;
  } finally {
    restore();
    await asker.close();
  }
}
