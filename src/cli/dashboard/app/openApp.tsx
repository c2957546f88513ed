/** @file Opens the dashboard on a terminal, keeps what it knows, and gives the terminal back when it is left. */
import { render } from "ink";
import type { Prediction } from "../../../../sim/prediction.js";
import type { Query } from "../../../../sim/query.js";
import { UserError } from "../../../units/userError.js";
import type { Colors } from "../../terminal.js";
import { ColorsContext } from "../colors.js";
import type { Key } from "../key.js";
import { type PredictedFigures, predictedFigures } from "../run/facts.js";
import { type RunEffectsOptions, runEffects } from "../run/runEffects.js";
import type { Resizable } from "../screen.js";
import { openScreen, type ScreenOutput } from "../screen.js";
import { App } from "./App.js";
import { type Answer, type Ask, answerTo, ask } from "./answers.js";
import { type Asker, askerOn, type Lane, type Lanes } from "./asker.js";
import type { Question } from "./question.js";
import type { AppState } from "./state.js";
import { type AppEvent, initialState, update, wantedBy } from "./update.js";
import type { Effect } from "./view.js";

export interface AppSurroundings {
  readonly input: NodeJS.ReadStream;
  readonly output: ScreenOutput & Resizable;
  readonly colors: Colors;
  readonly lanes: Lanes;
  /** What trains, and where; this program and `runs/` unless given. */
  readonly training?: Pick<RunEffectsOptions, "executable" | "runsFolder">;
}

const isMissing = (state: AppState) => (asked: Ask) => answerTo(state.answers, asked) === undefined;

/** What a run does is drawn together, a few times a second: most of the computer is the run's. */
const RUN_FRAME_MILLISECONDS = 200;

/** A prediction from a lane, for a run. */
function predictOn(lane: Lane) {
  return async (query: Query): Promise<PredictedFigures> => {
    const answer = (await lane.answer(ask("prediction", query))) as Answer<Prediction>;
    if ("error" in answer) throw new UserError(answer.error);
    return predictedFigures(answer.value);
  };
}

/**
 * Shows the dashboard until the person quits, and until the run that it trains has ended then.
 *
 * @returns what there is to say of it afterwards
 */
export async function openApp(question: Question, surroundings: AppSurroundings): Promise<readonly string[]> {
  const { input, output, colors, lanes, training } = surroundings;
  const screen = openScreen(output);
  let state = initialState(question, screen.size());
  let quit = () => {};
  let fail = (_: unknown) => {};
  let frame: NodeJS.Timeout | undefined;
  const left = new Promise<void>((resolve, reject) => {
    quit = resolve;
    fail = reject;
  });

  const element = () => (
    <ColorsContext value={colors}>
      <App state={state} onKey={onKey} />
    </ColorsContext>
  );
  const draw = () => {
    clearTimeout(frame);
    frame = undefined;
    ink.rerender(element());
  };
  const leave = () => {
    // The second time it is ended at once.
    runs.stop();
    if (state.isLeaving) return;
    happened({ kind: "leaving" });
    void runs.closed().then(quit, fail);
  };
  const perform = (effect: Effect) => (effect.kind === "quit" ? leave() : runs.perform(effect));
  const happened = (event: AppEvent) => {
    try {
      const outcome = update(state, event);
      state = outcome.state;
      outcome.effects?.forEach(perform);
      if (event.kind === "run") frame ??= setTimeout(draw, RUN_FRAME_MILLISECONDS);
      else draw();
      want();
    } catch (error) {
      // A bug: told as any other, when the terminal is there to tell it on.
      fail(error);
    }
  };
  const onKey = (key: Key) => happened({ kind: "key", key });
  const onResize = () => {
    screen.forget();
    happened({ kind: "resized", size: screen.size() });
  };
  const notes: string[] = [];
  const runs = runEffects({
    dispatch: (event) => {
      if (state.isLeaving && event.kind === "closed") notes.push(`${event.folder}: ${event.end.words}`);
      happened({ kind: "run", event });
    },
    predict: predictOn(lanes.quick),
    ...training,
  });
  const asker: Asker = askerOn(lanes, (asked, answer) => happened({ kind: "answered", asked, answer }));
  const want = () => {
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
  // Ink leaves by itself where a view cannot be drawn.
  void ink.waitUntilExit().then(quit, fail);
  let isOpen = true;
  const restore = () => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(frame);
    output.off("resize", onResize);
    for (const [event, listener] of exits) process.off(event, listener);
    screen.close();
    ink.unmount();
  };
  // Whatever ends the program: the terminal is as it was before anything is said of it.
  const exits = [
    ["exit", restore],
    ["uncaughtExceptionMonitor", restore],
    ["SIGTERM", leave],
    ["SIGHUP", leave],
  ] as const;
  for (const [event, listener] of exits) process.on(event, listener);
  output.on("resize", onResize);
  try {
    want();
    await left;
  } finally {
    restore();
    runs.stop();
    await asker.close();
  }
  return notes;
}
